"""The weekly report: figures with their rows, made and sent once a week."""
