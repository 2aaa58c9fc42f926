"""Input as an enemy would write it: everything ends as a plan or by a name of ours, and AWS is asked nothing unchecked.

`make fuzz CASES=5000` runs as many cases of each kind; the suite runs a few of each, another few every time.
"""
