"""sni_filter.py PORT BACKEND NAME: resets connections whose first bytes hold NAME, forwards others."""
import socket
import struct
import sys
import threading


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client, backend, name):
    with client:
        first = client.recv(4096)
        if name in first:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        with socket.create_connection(("127.0.0.1", backend)) as server:
            server.sendall(first)
            threading.Thread(target=pump, args=(server, client), daemon=True).start()
            pump(client, server)


def main():
    port, backend, name = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode()
    listener = socket.create_server(("0.0.0.0", port))
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, backend, name), daemon=True).start()


main()
