"""What people do: one async function for each thing, (session, actor, command, now) -> Struct. Rows never
leave this room.
"""
