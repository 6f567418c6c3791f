/* A name server that does as the name says. */
#include "test_net.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_AAAA = 28 };
enum { NOERROR = 0, SERVFAIL = 2, NXDOMAIN = 3, REFUSED = 5, MUTE = 100, TRUNCATE };

struct rule {
	const char *name;
	int a_code;
	const char *a; /* separated by blanks; "=name" is an alias; "#n": n addresses */
	int aaaa_code;
	const char *aaaa;
};

static const struct rule rules[] = {
	{"a.test", NOERROR, "127.0.0.1", NOERROR, ""},
	{"both.test", NOERROR, "127.0.0.1", NOERROR, "::1"},
	{"only4.test", NOERROR, "127.0.0.1", NOERROR, ""},
	{"only4.test.search.test", NOERROR, "", NOERROR, "::1"},
	{"host.search.test", NOERROR, "127.0.0.1", NOERROR, ""},
	{"aaaamute.test", NOERROR, "127.0.0.1", MUTE, ""},
	{"amute.test", MUTE, "", NOERROR, "::1"},
	{"nodata.test", NOERROR, "", NOERROR, ""},
	{"fail.test", SERVFAIL, "", SERVFAIL, ""},
	{"refused.test", REFUSED, "", REFUSED, ""},
	{"half.test", SERVFAIL, "", NXDOMAIN, ""},
	{"rescued.test", NOERROR, "127.0.0.1", SERVFAIL, ""},
	{"mute.test", MUTE, "", MUTE, ""},
	{"chain.test", NOERROR, "=link.test 127.0.0.1", NOERROR, "=link.test"},
	{"two.test", NOERROR, "127.0.0.2 127.0.0.1", NOERROR, ""},
	{"hang.test", NOERROR, "127.0.0.3 127.0.0.1", NOERROR, ""},
	{"four.test", NOERROR, "127.0.0.2 127.0.0.4 127.0.0.5 127.0.0.6", NOERROR, ""},
	{"worse.test", NOERROR, "127.0.0.2 255.255.255.255", NOERROR, ""},
	{"dup.test", NOERROR, "127.0.0.1 127.0.0.1", NOERROR, ""},
	{"big.test", TRUNCATE, "#30", NOERROR, "::1"},
};

struct dns {
	struct net_loop *loop;
	struct event *udp, *tcp;
	int udp_fd, tcp_fd;
	uint16_t port;
	size_t questions;
};

struct message {
	unsigned char p[1024];
	size_t n;
};

static void put(struct message *m, const void *p, size_t n)
{
	ck_assert_uint_le(m->n + n, sizeof(m->p));
	memcpy(m->p + m->n, p, n);
	m->n += n;
}

static void put_u16(struct message *m, unsigned v)
{
	unsigned char p[2] = {(unsigned char)(v >> 8), (unsigned char)v};

	put(m, p, 2);
}

static void put_name(struct message *m, const char *name)
{
	while (*name) {
		size_t n = strcspn(name, ".");
		unsigned char length = (unsigned char)n;

		put(m, &length, 1);
		put(m, name, n);
		name += n + (name[n] == '.');
	}
	put(m, "", 1);
}

static void put_record(struct message *m, const char *owner, unsigned type, const void *p, size_t n)
{
	if (owner)
		put_name(m, owner);
	else
		put_u16(m, 0xc00c); /* the question's name */
	put_u16(m, type);
	put_u16(m, 1);
	put_u16(m, 0);
	put_u16(m, 60);
	put_u16(m, (unsigned)n);
	put(m, p, n);
	m->p[7]++;
}

static void put_records(struct message *m, const char *text, bool v6)
{
	char copy[128], alias[64] = "";
	struct message rdata = {.n = 0};
	unsigned char ip[16] = {127, 0, 1, 0};
	char *save = NULL;

	strcpy(copy, text);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		if (*w == '=') {
			strcpy(alias, w + 1);
			put_name(&rdata, alias);
			put_record(m, NULL, TYPE_CNAME, rdata.p, rdata.n);
		} else if (*w == '#') {
			for (ip[3] = 1; ip[3] <= atoi(w + 1); ip[3]++)
				put_record(m, NULL, TYPE_A, ip, 4);
		} else {
			ck_assert_int_eq(inet_pton(v6 ? AF_INET6 : AF_INET, w, ip), 1);
			put_record(
				m, *alias ? alias : NULL, v6 ? TYPE_AAAA : TYPE_A, ip, v6 ? 16 : 4);
		}
	}
}

static size_t get_name(const struct message *m, char *out)
{
	size_t at = 12;

	while (m->p[at]) {
		memcpy(out, m->p + at + 1, m->p[at]);
		out += m->p[at];
		at += 1U + m->p[at];
		*out++ = m->p[at] ? '.' : '\0';
	}
	return at + 1;
}

/* Turns a question into its answer; false: stay mute. */
static bool dns_answer(struct dns *d, struct message *m, bool tcp)
{
	char name[256];
	size_t end = get_name(m, name);
	bool v6 = m->p[end + 1] == TYPE_AAAA;
	int code = NXDOMAIN;
	const char *text = "";

	d->questions++;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcasecmp(rules[i].name, name) == 0) {
			code = v6 ? rules[i].aaaa_code : rules[i].a_code;
			text = v6 ? rules[i].aaaa : rules[i].a;
		}
	}
	if (code == MUTE)
		return false;
	m->n = end + 4;
	m->p[2] = 0x85;
	m->p[3] = (unsigned char)(0x80 | (code < MUTE ? code : 0));
	memset(m->p + 6, 0, 6);
	if (code == TRUNCATE && !tcp)
		m->p[2] |= 2;
	else
		put_records(m, text, v6);
	return true;
}

static void dns_on_udp(evutil_socket_t fd, short what, void *arg)
{
	struct message m;
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(fd, m.p, 512, MSG_DONTWAIT, (struct sockaddr *)&from, &len);

	(void)what;
	if (n < 17)
		return;
	m.n = (size_t)n;
	if (dns_answer(arg, &m, false))
		(void)sendto(fd, m.p, m.n, MSG_NOSIGNAL, (struct sockaddr *)&from, len);
}

/* Loopback hands a small question over whole, and c-ares writes it at once. */
static void dns_on_question(evutil_socket_t fd, short what, void *arg)
{
	struct message m;
	unsigned char prefix[2];

	(void)what;
	if (recv(fd, prefix, 2, MSG_WAITALL) == 2) {
		ssize_t n = recv(fd, m.p, (size_t)(prefix[0] << 8 | prefix[1]), MSG_WAITALL);

		m.n = n > 0 ? (size_t)n : 0;
		if (m.n >= 17 && dns_answer(arg, &m, true)) {
			prefix[0] = (unsigned char)(m.n >> 8);
			prefix[1] = (unsigned char)m.n;
			(void)send(fd, prefix, 2, MSG_NOSIGNAL);
			(void)send(fd, m.p, m.n, MSG_NOSIGNAL);
		}
	}
	(void)close(fd);
}

static void dns_on_tcp(evutil_socket_t fd, short what, void *arg)
{
	struct dns *d = arg;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	(void)what;
	if (peer >= 0)
		(void)event_base_once(
			net_loop_base(d->loop), peer, EV_READ, dns_on_question, d, NULL);
}

static int bound(int type, uint16_t *port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(*port)};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(fd, 0);
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0) {
		(void)close(fd);
		return -1;
	}
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	return fd;
}

struct dns *dns_new(struct net_loop *l)
{
	struct dns *d = calloc(1, sizeof(*d));

	ck_assert_ptr_nonnull(d);
	d->loop = l;
	do {
		d->port = 0;
		d->tcp_fd = bound(SOCK_STREAM, &d->port);
		d->udp_fd = bound(SOCK_DGRAM, &d->port);
		if (d->udp_fd < 0)
			(void)close(d->tcp_fd);
	} while (d->udp_fd < 0);
	ck_assert_int_eq(listen(d->tcp_fd, 16), 0);
	d->udp = event_new(net_loop_base(l), d->udp_fd, EV_READ | EV_PERSIST, dns_on_udp, d);
	d->tcp = event_new(net_loop_base(l), d->tcp_fd, EV_READ | EV_PERSIST, dns_on_tcp, d);
	ck_assert_int_eq(event_add(d->udp, NULL), 0);
	ck_assert_int_eq(event_add(d->tcp, NULL), 0);
	return d;
}

void dns_free(struct dns *d)
{
	event_free(d->udp);
	event_free(d->tcp);
	(void)close(d->udp_fd);
	(void)close(d->tcp_fd);
	free(d);
}

uint16_t dns_port(const struct dns *d)
{
	return d->port;
}

size_t dns_questions(const struct dns *d)
{
	return d->questions;
}
