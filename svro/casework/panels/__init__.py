"""Scrutiny panels: a session from its committed frame to the force's replies.

`held` is what a session is, `views` what is shown of it, `life` how it goes on, `frames` what it draws from,
`draws` how, `cases` what it may see, `reviews` what it made of them, `feedback` what the force answers,
`minutes` what is published.
"""
