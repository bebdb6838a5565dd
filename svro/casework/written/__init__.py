"""Reports as people read them: sentences, charts and tables from each Struct. No number is made here."""
