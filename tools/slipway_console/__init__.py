"""`slipway console`: a web page on 127.0.0.1 that shows endpoints and deployments, and invokes models.

The page is plain HTML and ES modules; it sends requests to its own server only. The server calls AWS, or the
local stack, with the credentials of the user who started it; `auth` rejects all other requests.
"""
