"""Every measure of the catalogue, from our own records and from what forces published."""
