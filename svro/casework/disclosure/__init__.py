"""Disclosure to the defence: a solicitor asks, a disclosure officer decides item by item, one file is handed
over.

`sections` is what is held of a person and how it is found, `rules` what each column does, `reached` whom and
what a request reaches, `gather` collects; `requests` is what was asked, `standing` by when it is owed and how
it stands; `review` the schedule, `decided` what was decided, `sensitive` its other half with `closure`,
`marks` what is taken out of documents, `preview` how it would leave; `composed` the content of one bundle and
`vouching` the proofs of it, `beforehand` what is made before a transaction begins, `issues` a bundle issued
by two, `handover` links, receipts and recalls, `corrections` what was corrected since, `rebuilding` an old
bundle made again from what is stored.
"""
