"""What is handed over: papers, charts and typeset documents, made from data alone. No session, no clock."""
