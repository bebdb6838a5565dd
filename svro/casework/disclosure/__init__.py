"""Disclosure to the defence: a solicitor asks, a disclosure officer decides item by item, one file is handed
over.

`sections` is what is held of a person and how it is found, `rules` what each column does, `gather` collects,
`requests` is what was asked and by when it is owed, `review` the schedule, `issues` a bundle and its content,
`handover` links, receipts and recalls, `rebuilding` an old bundle made again from what is stored.
"""
