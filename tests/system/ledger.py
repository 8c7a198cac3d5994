# SPDX-License-Identifier: MIT
"""Reading /status.json."""


def env_named(status, name):
    for env in status["environments"]:
        if env["name"] == name:
            return env
    raise AssertionError(f"status.json has no environment {name}: {[env['name'] for env in status['envs']]}")
