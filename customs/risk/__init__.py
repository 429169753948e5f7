"""Risk: facts about a declaration to findings, and findings to a lane. Pure: no clock, no
database, no randomness of its own; it imports `provenance.core` alone.

    vocabulary   the closed words of a border
"""
