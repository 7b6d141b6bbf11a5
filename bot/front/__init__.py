"""The front: the only door of the bot that is open to others than this machine.

Rasa and the action server listen on loopback. The front serves the chat widget and its transport, the
API, the pages and the webhooks of channels, and passes on nothing else: Rasa's management API has no
route here.

It is Starlette on uvicorn, not Rasa's own Sanic application. Rasa 3.6 pins Sanic 21.12, which gets no more
fixes, and mixes its management routes into the application that would be open; a change of the front would
need a start of Rasa (20 s) in every test; and what is outside goes on saying the truth (`/readyz`, a
sentence instead of an answer) while Rasa is being loaded or has died.
"""
