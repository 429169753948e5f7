"""Risk: facts about a declaration to findings, and findings to a lane. Pure: no clock, no
database, no randomness of its own; it imports `provenance.core` alone.

    vocabulary   the closed words of a border
    facts        what is declared, what is on record, and what else is known
    lanes        red, yellow, blue, green, and the lane in force
    policy       weights, thresholds, limits and the random share, which an authority edits
    rules        facts -> findings
    draw         the random share
    assessing    facts and policy -> the assessment
"""
