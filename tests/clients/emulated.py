"""A hub in local mode, and boto3 clients of it: as a developer's machine has them."""
import boto3
from botocore.config import Config

from running import Hub

CONFIG = """hub: {free_space_min: 1MiB}
listen:
  zmq: {address: "tcp://127.0.0.1:0", security: plain}
  http: {address: "http://127.0.0.1:0"}
"""
ACCOUNT = "000000000000"
OTHER = "111122223333"
REGION = "eu-west-1"

_made = []  # Clients, to be closed with the test that made them.


def start(test, config=CONFIG):
    hub = Hub(config).start()
    test.addCleanup(hub.__exit__)
    test.addCleanup(close_clients)
    return hub


def close_clients():
    while _made:
        _made.pop().close()


def client(hub, service, account="test", region=REGION):
    made = boto3.client(service, endpoint_url=hub.http, region_name=region, aws_access_key_id=account,
                        aws_secret_access_key="test",
                        config=Config(retries={"max_attempts": 0}, connect_timeout=10, read_timeout=40))
    _made.append(made)
    return made
