"""Rates of Custos on this machine, each beside the bare building block of the same
run.
"""
