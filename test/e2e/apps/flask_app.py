"""An application as Twilio's documentation has it: its own check of the signature, from what a proxy in front tells it."""

import os

from flask import Flask, abort, request
from twilio.request_validator import RequestValidator
from werkzeug.middleware.proxy_fix import ProxyFix

app = Flask(__name__)
app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1, x_host=1)
validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])


@app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
@app.route("/<path:path>", methods=["GET", "POST"])
def anything(path):
    if not validator.validate(request.url, request.form, request.headers.get("X-Twilio-Signature", "")):
        abort(403)
    return "<Response/>", 200, {"Content-Type": "text/xml"}


app.run(host="127.0.0.1", port=int(os.environ["PORT"]), threaded=True)
