"""Declarations: read strictly, entered, amended with their history, and shown to their
declarant and their authority.

    content    the members of a declaration, and the form of each
    register   entering and amending, in batches
    access     the readers of a declaration
    files      a CSV file of declarations
"""
