"""Disclosure to the defence: a solicitor asks, a disclosure officer decides item by item, one file is handed
over.

`sections` is what is held of a person and how it is found, `rules` what each column does, `gather` collects,
`requests` is what was asked and by when it is owed, `review` the schedule and `marks` what is taken out of
documents, `composed` the content of one bundle and `vouching` the proofs of it, `issues` a bundle issued by
two, `handover` links, receipts and recalls, `corrections` what was corrected since, `rebuilding` an old
bundle made again from what is stored.
"""
