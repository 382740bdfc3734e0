"""An OpenAI client whose only change is its base URL. Needs: pip install openai"""

import os

from openai import OpenAI

gateway = os.environ.get("UNDERSTUDY_URL", "http://127.0.0.1:4141")
route = os.environ.get("UNDERSTUDY_ROUTE", "demo")
client = OpenAI(base_url=f"{gateway}/v1", api_key=os.environ.get("UNDERSTUDY_KEY", "unused"))

whole = client.chat.completions.with_raw_response.create(
    model=route, messages=[{"role": "user", "content": "What is an understudy?"}]
)
print(whole.parse().choices[0].message.content)
print("served by", whole.headers["x-understudy-served-by"])

stream = client.chat.completions.create(
    model=route, stream=True, messages=[{"role": "user", "content": "And what is a prompter?"}]
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="")
print()
