"""The fixture of the object-detection tests: pictures of vehicles' rears, and the small SSD that finds them.

`python -m vehicle_rears ARCHIVE` draws the pictures, trains, packs what the built-in algorithm would have left in S3,
and measures it on pictures that it has not seen. It never ships.
"""
