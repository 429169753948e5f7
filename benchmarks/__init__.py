"""What Custos does in a second on this machine, each figure beside the bare building
block of the same run.
"""
