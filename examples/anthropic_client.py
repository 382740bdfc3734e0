"""An Anthropic client whose only change is its base URL. Needs: pip install anthropic"""

import os

from anthropic import Anthropic

gateway = os.environ.get("UNDERSTUDY_URL", "http://127.0.0.1:4141")
route = os.environ.get("UNDERSTUDY_ROUTE", "demo")
client = Anthropic(base_url=gateway, api_key=os.environ.get("UNDERSTUDY_KEY", "unused"))

whole = client.messages.create(
    model=route, max_tokens=500, messages=[{"role": "user", "content": "What is an understudy?"}]
)
print(whole.content[0].text)

with client.messages.stream(
    model=route, max_tokens=500, messages=[{"role": "user", "content": "And what is a prompter?"}]
) as stream:
    for text in stream.text_stream:
        print(text, end="")
print()
