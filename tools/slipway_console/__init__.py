"""`slipway console`: a web page on 127.0.0.1 that shows endpoints and deployments, and lets a model be tried.

The page is plain HTML and ES modules; it asks nobody but the server that it came from. The server asks AWS, or the
local stack, with the credentials of whoever started it: `auth` keeps everybody else out.
"""
