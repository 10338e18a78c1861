"""An RTSP client that sees every packet: what the network lost is counted, and the pictures it tore are marked.

Own, because libav hides loss (of 18 dropped packets it tells 0), and the one library for asyncio on PyPI (aiortsp)
neither puts packets in order nor pictures together, and puts no limit on what a camera sends.
Everything but `session.py` is pure: bytes in, values out.
"""
