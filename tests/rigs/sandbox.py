"""A sandbox provider that nobody runs: whoever funds a milestone names a provider that is configured."""

import os


def configured():
    """For every program that is started from here on."""
    os.environ.update({
        "EARNEST_SANDBOX_URL": "http://127.0.0.1:9", "EARNEST_SANDBOX_API_KEY": "key",
        "EARNEST_SANDBOX_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    })
