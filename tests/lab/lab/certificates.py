"""One authority and the certificates it, and others, issued; made once and shared by all cases."""
import dataclasses
import functools
import os
import pathlib
import tempfile
import threading

from .net import SERVER, SERVER6, sh

_lock = threading.Lock()
_folder = None


@dataclasses.dataclass(frozen=True)
class Certificate:
    certificate: str
    key: str
    chain: str  # the certificate, with all the server sends


def folder():
    global _folder
    if _folder is None:
        _folder = tempfile.TemporaryDirectory(prefix="mqtt-lab-certs-")
        os.chmod(_folder.name, 0o755)
    return pathlib.Path(_folder.name)


NAMES = f"DNS:broker.test,DNS:localhost,IP:127.0.0.1,IP:{SERVER},IP:{SERVER6}"

# name: (subject, names, purpose, issuer, days, key, digest, dates)
LEAVES = {
    "good": ("broker.test", NAMES, "serverAuth", "ca", 365, "rsa:2048", "sha256", None),
    "other": ("other.test", "DNS:other.test", "serverAuth", "ca", 365, "rsa:2048", "sha256", None),
    "dns-only": ("broker.test", "DNS:broker.test", "serverAuth", "ca", 365, "rsa:2048", "sha256",
                 None),
    "cn-only": ("broker.test", None, "serverAuth", "ca", 365, "rsa:2048", "sha256", None),
    "expired": ("broker.test", NAMES, "serverAuth", "ca", 0, "rsa:2048", "sha256",
                ("20200101000000Z", "20210101000000Z")),
    "future": ("broker.test", NAMES, "serverAuth", "ca", 0, "rsa:2048", "sha256",
               ("20990101000000Z", "20991231000000Z")),
    "long": ("broker.test", NAMES, "serverAuth", "ca", 3650, "rsa:2048", "sha256", None),
    "client-only": ("broker.test", NAMES, "clientAuth", "ca", 365, "rsa:2048", "sha256", None),
    "weak": ("broker.test", NAMES, "serverAuth", "ca", 365, "rsa:1024", "sha1", None),
    "leaf-alone": ("broker.test", NAMES, "serverAuth", "intermediate", 365, "rsa:2048", "sha256",
                   None),
    "inspected": ("broker.test", NAMES, "serverAuth", "proxy-ca", 365, "rsa:2048", "sha256", None),
    "wildcard": ("*.example.test", "DNS:*.example.test", "serverAuth", "ca", 365, "rsa:2048", "sha256",
                 None),
    "soon": ("broker.test", NAMES, "serverAuth", "ca", 7, "rsa:2048", "sha256", None),
    "clouds": ("cloud", "DNS:*.iot.eu-west-1.amazonaws.com,DNS:*.azure-devices.net,"
               "DNS:*.s1.eu.hivemq.cloud", "serverAuth", "ca", 365, "rsa:2048", "sha256", None),
    "of-old-ca": ("broker.test", NAMES, "serverAuth", "old-ca", 365, "rsa:2048", "sha256", None),
    # The certificate names the address of its issuer's, as those of public authorities do.
    "with-aia": ("broker.test", NAMES, "serverAuth", "issuer", 365, "rsa:2048", "sha256", None),
    "client": ("phone", None, "clientAuth", "ca", 365, "rsa:2048", "sha256", None),
    "client-other": ("phone", None, "clientAuth", "other-ca", 365, "rsa:2048", "sha256", None),
    "client-server": ("phone", None, "serverAuth", "ca", 365, "rsa:2048", "sha256", None),
    "client-revoked": ("phone", None, "clientAuth", "ca", 365, "rsa:2048", "sha256", None),
    "client-expired": ("phone", None, "clientAuth", "ca", 0, "rsa:2048", "sha256",
                       ("20200101000000Z", "20210101000000Z")),
}
AUTHORITIES = {"ca": "Lab Test CA", "other-ca": "Other CA", "proxy-ca": "Corp Proxy Inspection CA",
               "old-ca": "Lab Test CA of 2020"}
BELOW = {"intermediate": "Lab Intermediate", "issuer": "Lab Server Certificates G2"}
MORE = {"with-aia": "authorityInfoAccess=caIssuers;URI:http://ca.test/issuer.crt\n"}


@functools.cache
def _authority(name):
    base = folder() / name
    key, certificate = f"{base}.key", f"{base}.crt"
    if name in BELOW:
        root = _authority("ca")
        sh("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", f"{base}.csr",
           "-subj", f"/CN={BELOW[name]}")
        extensions = f"{base}.ext"
        pathlib.Path(extensions).write_text("basicConstraints=critical,CA:TRUE\n"
                                            "keyUsage=critical,keyCertSign,cRLSign\n")
        sh("openssl", "x509", "-req", "-in", f"{base}.csr", "-CA", root.certificate, "-CAkey",
           root.key, "-CAcreateserial", "-days", 700, "-out", certificate, "-extfile", extensions)
    else:
        clock = ("faketime", "2020-01-01 00:00:00") if name == "old-ca" else ()
        sh(*clock, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
           certificate, "-days", 700, "-subj", f"/CN={AUTHORITIES[name]}", "-addext",
           "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    return Certificate(certificate, key, certificate)


@functools.cache
def _leaf(name):
    subject, names, purpose, issuer, days, kind, digest, dates = LEAVES[name]
    authority = _authority(issuer)
    base = folder() / name
    key, certificate = f"{base}.key", f"{base}.crt"
    extensions = f"basicConstraints=critical,CA:FALSE\nextendedKeyUsage={purpose}\n"
    if names:
        extensions += f"subjectAltName={names}\n"
    extensions += MORE.get(name, "")
    pathlib.Path(f"{base}.ext").write_text(extensions)
    sh("openssl", "req", "-newkey", kind, "-nodes", "-keyout", key, "-out", f"{base}.csr", "-subj",
       f"/CN={subject}")
    if dates:
        database = folder() / f"{name}.db"
        database.mkdir()
        (database / "index").write_text("")
        (database / "serial").write_text("1000\n")
        (database / "cnf").write_text(
            f"[ca]\ndefault_ca=x\n[x]\ndatabase={database}/index\nserial={database}/serial\n"
            f"new_certs_dir={database}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        sh("openssl", "ca", "-batch", "-config", database / "cnf", "-cert", authority.certificate,
           "-keyfile", authority.key, "-in", f"{base}.csr", "-out", certificate, "-startdate",
           dates[0], "-enddate", dates[1], "-extfile", f"{base}.ext", "-notext")
    else:
        sh("openssl", "x509", "-req", "-in", f"{base}.csr", "-CA", authority.certificate, "-CAkey",
           authority.key, "-CAcreateserial", "-days", days, f"-{digest}", "-out", certificate,
           "-extfile", f"{base}.ext")
    for path in (key, certificate):
        os.chmod(path, 0o644)
    chain = certificate
    return Certificate(certificate, key, chain)


@functools.cache
def _self_signed():
    base = folder() / "self"
    key, certificate = f"{base}.key", f"{base}.crt"
    sh("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
       certificate, "-days", 365, "-subj", "/CN=broker.test", "-addext", f"subjectAltName={NAMES}",
       "-addext", "extendedKeyUsage=serverAuth")
    os.chmod(key, 0o644)
    return Certificate(certificate, key, certificate)


def get(name):
    with _lock:
        if name == "self-signed":
            return _self_signed()
        if name in AUTHORITIES or name in BELOW:
            return _authority(name)
        return _leaf(name)


def joined(*names):
    """The certificate of the first name, sent together with those of the others."""
    first = get(names[0])
    path = folder() / ("+".join(names) + ".pem")
    text = "".join(pathlib.Path(get(name).certificate).read_text() for name in names)
    with _lock:
        path.write_text(text)
        os.chmod(path, 0o644)
    return dataclasses.replace(first, chain=str(path))


def ca():
    """The file a phone would be given."""
    return get("ca").certificate


def with_client(name):
    """What tells a program to show that client certificate."""
    certificate = get(name)
    return ("--cafile", ca(), "--cert", certificate.certificate, "--key", certificate.key)


def revocation_list():
    """A CRL of the authority that lists client-revoked."""
    with _lock:
        return _revocation_list()


@functools.cache
def _revocation_list():
    authority, revoked = _authority("ca"), _leaf("client-revoked")
    database = folder() / "crl.db"
    database.mkdir()
    (database / "index").write_text("")
    (database / "serial").write_text("1000\n")
    (database / "number").write_text("1000\n")
    (database / "cnf").write_text(
        f"[ca]\ndefault_ca=x\n[x]\ndatabase={database}/index\nserial={database}/serial\n"
        f"crlnumber={database}/number\nnew_certs_dir={database}\ndefault_md=sha256\n"
        f"default_crl_days=30\npolicy=p\n[p]\ncommonName=supplied\n")
    common = ("-batch", "-config", database / "cnf", "-cert", authority.certificate, "-keyfile",
              authority.key)
    sh("openssl", "ca", *common, "-revoke", revoked.certificate)
    out = str(folder() / "ca.crl")
    sh("openssl", "ca", *common, "-gencrl", "-out", out)
    return out
