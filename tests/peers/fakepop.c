/*
 * fakepop: a POP3 server that misbehaves on purpose, one port per behaviour.
 *
 *	fakepop [-d DIR] [-w CADIR]
 *
 * It binds every behaviour of the table below to a free loopback port, prints one line
 * "NAME PORT" for each, then "ready", and serves until its standard input ends. -d DIR is where
 * the UNIX socket (DIR/pop.sock) and the log (DIR/fakepop.log) go; -w CADIR stores the CA there.
 *
 * Behaviours whose name begins with "a" and a digit write a line to the log for each connection:
 * what the client sent, and whether it ended in order (eof), by a reset, or not at all.
 */
#include "fakepop.h"

#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fakecert.h"

#define COUNT_OF(a)  (sizeof(a) / sizeof((a)[0]))
#define BIG_GREETING 6000
#define PATIENCE_MS  15000

struct conn {
	int fd;
	SSL *ssl;
	const struct behaviour *how;
	char got[512]; /* what the client sent, printable */
	const char *end;
};

static FILE *log_file;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static const struct {
	const char *name;
	struct fakecert_spec spec;
} certs[] = {
	{"good", {"localhost", "DNS:localhost,IP:127.0.0.1,IP:::1", -86400, 400L * 86400 + 3600}},
	{"expired", {"expired.example", "DNS:localhost,IP:127.0.0.1", -90L * 86400, -86400}},
	{"days", {"soon.example", "DNS:soon.example", -86400, 10L * 86400 + 3600}},
	{"hours", {"hours.example", "DNS:hours.example", -86400, 4 * 3600 + 300}},
	{"minutes", {"minutes.example", "DNS:minutes.example", -86400, 27 * 60 + 30}},
	{"nocn", {NULL, "DNS:localhost", -86400, 400L * 86400}},
	{"notyet", {"later.example", "DNS:later.example", 86400, 400L * 86400}},
	{"hostile", {"evil|x=1\n\033[31mred", "DNS:evil.example", -86400, 10L * 86400 + 3600}},
};
static SSL_CTX *contexts[COUNT_OF(certs)];

/* --- talking ---------------------------------------------------------------------------- */

static void say_octets(struct conn *c, const char *octets, size_t count)
{
	if (c->ssl)
		(void)SSL_write(c->ssl, octets, (int)count);
	else
		(void)send(c->fd, octets, count, MSG_NOSIGNAL);
}

static void say(struct conn *c, const char *text)
{
	say_octets(c, text, strlen(text));
}

/* In one write: a client that stops at the first match would else see a part. */
static void say_line(struct conn *c, const char *head, const char *tail)
{
	char line[1024];

	snprintf(line, sizeof(line), "%s%s\r\n", head, tail);
	say(c, line);
}

static void pause_ms(long ms)
{
	const struct timespec delay = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&delay, NULL);
}

/* Octets read, 0 at an orderly end, -1 on an error or after MS of silence (errno EAGAIN). */
static int hear(struct conn *c, char *buf, size_t size, int ms)
{
	struct pollfd poller = {.fd = c->fd, .events = POLLIN};
	int got;

	if (!(c->ssl && SSL_pending(c->ssl)) && poll(&poller, 1, ms) <= 0) {
		errno = EAGAIN;
		return -1;
	}
	errno = 0;
	if (!c->ssl)
		return (int)recv(c->fd, buf, size, 0);
	got = SSL_read(c->ssl, buf, (int)size);
	if (got > 0)
		return got;
	return SSL_get_error(c->ssl, got) == SSL_ERROR_ZERO_RETURN || errno != ECONNRESET ? 0 : -1;
}

static void note(struct conn *c, const char *buf, int count)
{
	size_t used = strlen(c->got);

	for (int i = 0; i < count && used + 5 < sizeof(c->got); i++) {
		const unsigned char octet = (unsigned char)buf[i];

		if (octet == '\r' || octet == '\n' || octet == '\t')
			used += (size_t)sprintf(c->got + used, "\\%c",
				octet == '\r'	? 'r'
				: octet == '\n' ? 'n'
						: 't');
		else if (isprint(octet))
			c->got[used++] = (char)octet;
		else
			used += (size_t)sprintf(c->got + used, "\\x%02x", octet);
	}
	c->got[used] = '\0';
}

/* A plain dialogue: QUIT is answered and ends it, everything else is refused. */
static void converse(struct conn *c)
{
	char buf[512];
	int got;
	int error = 0;
	socklen_t size = sizeof(error);
	struct pollfd closing = {.fd = c->fd, .events = POLLIN};

	while ((got = hear(c, buf, sizeof(buf) - 1, PATIENCE_MS)) > 0) {
		buf[got] = '\0';
		note(c, buf, got);
		if (strcasestr(buf, "QUIT")) {
			say(c, "+OK bye\r\n");
			got = hear(c, buf, sizeof(buf), 500);
			break;
		}
		say(c, "-ERR unknown command\r\n");
	}
	c->end = got == 0 ? "eof" : errno == EAGAIN ? "open" : "reset";
	if (c->ssl && got == 0 && poll(&closing, 1, 500) == 1 && recv(c->fd, buf, 1, 0) < 0)
		c->end = "reset"; /* behind the close_notify */
	/* Who closes before our last line arrives answers it with a reset, behind the FIN. */
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0)
		c->end = "reset";
}

/* --- behaviours ------------------------------------------------------------------------- */

static void serve_text(struct conn *c)
{
	say(c, c->how->text);
	converse(c);
}

static void serve_mute(struct conn *c)
{
	char buf[512];

	while (hear(c, buf, sizeof(buf), PATIENCE_MS) > 0)
		;
}

static void serve_close(struct conn *c)
{
	(void)c;
}

static void serve_reset(struct conn *c)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void serve_slow(struct conn *c)
{
	pause_ms(1200);
	serve_text(c);
}

static void serve_drip(struct conn *c)
{
	for (const char *p = c->how->text; *p; p++) {
		say_octets(c, p, 1);
		pause_ms(15);
	}
	converse(c);
}

/* The text up to its bar at once, the rest after a rest. */
static void serve_halves(struct conn *c)
{
	const char *bar = strchr(c->how->text, '@');

	say_octets(c, c->how->text, (size_t)(bar - c->how->text));
	pause_ms(300);
	say(c, bar + 1);
	converse(c);
}

static void serve_nul(struct conn *c)
{
	static const char greeting[] = "+OK seen\0hidden part\r\n";

	say_octets(c, greeting, sizeof(greeting) - 1);
	converse(c);
}

static void serve_big(struct conn *c)
{
	char greeting[BIG_GREETING];

	memset(greeting, 'x', sizeof(greeting));
	memcpy(greeting, "+OK ", 4);
	memcpy(greeting + sizeof(greeting) - 2, "\r\n", 2);
	say_octets(c, greeting, sizeof(greeting));
	converse(c);
}

/* Greets with whatever arrived before the greeting. */
static void serve_echo(struct conn *c)
{
	char buf[200];
	int got = hear(c, buf, sizeof(buf), 300);

	if (got > 0)
		note(c, buf, got);
	say_line(c, "+OK before greeting: ", c->got[0] ? c->got : "nothing");
	converse(c);
}

static void serve_sni(struct conn *c)
{
	const char *name = SSL_get_servername(c->ssl, TLSEXT_NAMETYPE_host_name);

	say_line(c, "+OK server name: ", name ? name : "none");
	converse(c);
}

/* Three small writes with Nagle's algorithm on: each waits for the delayed ACK of the last. */
static void serve_nagle(struct conn *c)
{
	say(c, "+O");
	say(c, "K de");
	say(c, "layed\r\n");
	converse(c);
}

const struct behaviour behaviours[] = {
	{"ok", NULL, serve_text, "+OK POP3 fake ready <1896.697@dev>\r\n"},
	{"err", NULL, serve_text, "-ERR [SYS/TEMP] maintenance, try later\r\n"},
	{"err-plain", NULL, serve_text, "-ERR no service here\r\n"},
	{"mute", NULL, serve_mute, NULL},
	{"close", NULL, serve_close, NULL},
	{"reset", NULL, serve_reset, NULL},
	{"slow", NULL, serve_slow, "+OK slow\r\n"},
	{"drip", NULL, serve_drip, "+OK octet by octet\r\n"},
	{"pipe", NULL, serve_text, "+OK pipe | x=1s;2;3 done\r\n"},
	{"ctrl", NULL, serve_text, "+OK \033[31mred\007 \001 bell\r\n"},
	{"forge", NULL, serve_text, "+OK a\r\nPOP CRITICAL - forged|time=9s\r\n"},
	{"errpipe", NULL, serve_text, "-ERR full | x=1s;2;3 done\033[2J\r\n"},
	{"html", NULL, serve_text, "+OK <b onclick='x'>bold</b>\r\n"},
	{"latin", NULL, serve_text, "+OK caf\xe9 \xc2\x9b csi\r\n"},
	{"nul", NULL, serve_nul, NULL},
	{"big", NULL, serve_big, NULL},
	{"multi", NULL, serve_text, "+OK first\r\nsecond line\r\nthird\r\n"},
	{"late", NULL, serve_halves, "+OK one\r\n@two needle\r\n"},
	{"split", NULL, serve_halves, "+O@K split\r\n"},
	{"noend", NULL, serve_text, "+OK no line end"},
	{"bare", NULL, serve_text, "+OK\r\n"},
	{"glued", NULL, serve_text, "+OKAY glued\r\n"},
	{"other", NULL, serve_text, "220 mail.example ESMTP\r\n"},
	{"empty", NULL, serve_text, "\r\n"},
	{"echo", NULL, serve_echo, NULL},
	{"a1", NULL, serve_text, "+OK audited\r\n"},
	{"a2", NULL, serve_text, "+OK audited\r\n"},
	{"a3", NULL, serve_text, "+OK audited\r\n"},
	{"a4", NULL, serve_text, "+OK audited\r\n"},
	{"a5", NULL, serve_text, "+OK audited\r\n"},
	{"a6", NULL, serve_text, "+OK audited\r\n"},
	{"a7", NULL, serve_text, "-ERR audited\r\n"},
	{"a8", "days", serve_text, "+OK audited\r\n"},
	{"a9", "good", serve_text, "+OK audited\r\n"},
	{"tls", "good", serve_text, "+OK POP3 fake ready <1896.697@dev>\r\n"},
	{"tls-err", "good", serve_text, "-ERR [SYS/TEMP] maintenance, try later\r\n"},
	{"tls-mute", "good", serve_mute, NULL},
	{"tls-drip", "good", serve_drip, "+OK octet by octet\r\n"},
	{"tls-slow", "good", serve_slow, "+OK slow\r\n"},
	{"tls-close", "good", serve_close, NULL},
	{"tls-reset", "good", serve_reset, NULL},
	{"tls-sni", "good", serve_sni, NULL},
	{"tls-nagle", "good", serve_nagle, NULL},
	{"tls-pipe", "good", serve_text, "+OK pipe | x=1s;2;3 done\r\n"},
	{"tls-expired", "expired", serve_text, "+OK expired\r\n"},
	{"tls-days", "days", serve_text, "+OK ten days\r\n"},
	{"tls-hours", "hours", serve_text, "+OK four hours\r\n"},
	{"tls-minutes", "minutes", serve_text, "+OK minutes\r\n"},
	{"tls-nocn", "nocn", serve_text, "+OK no common name\r\n"},
	{"tls-notyet", "notyet", serve_text, "+OK not yet valid\r\n"},
	{"tls-hostile", "hostile", serve_text, "+OK hostile subject\r\n"},
	{"tls-days-err", "days", serve_text, "-ERR maintenance\r\n"},
};
const size_t behaviour_count = COUNT_OF(behaviours);

/* --- connections ------------------------------------------------------------------------ */

bool behaviour_audited(const struct behaviour *how)
{
	return how->name[0] == 'a' && isdigit((unsigned char)how->name[1]);
}

static void log_conn(const struct conn *c)
{
	if (!log_file)
		return;
	pthread_mutex_lock(&log_lock);
	fprintf(log_file, "%u got=\"%s\" end=%s\n", local_port(c->fd), c->got, c->end);
	fflush(log_file);
	pthread_mutex_unlock(&log_lock);
}

static SSL_CTX *context_of(const struct behaviour *how)
{
	for (size_t i = 0; i < COUNT_OF(certs); i++) {
		if (strcmp(certs[i].name, how->cert) == 0)
			return contexts[i];
	}
	abort();
}

static bool start_tls(struct conn *c)
{
	if (!c->how->cert)
		return true;
	if (c->how->serve == serve_close || c->how->serve == serve_reset)
		return true; /* before the handshake is the point */
	c->ssl = SSL_new(context_of(c->how));
	if (!c->ssl)
		return false;
	SSL_set_fd(c->ssl, c->fd);
	return SSL_accept(c->ssl) == 1;
}

static void *serve_conn(void *arg)
{
	struct conn *c = arg;
	const int on = 1;

	if (c->how->serve != serve_nagle)
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (start_tls(c))
		c->how->serve(c);
	if (behaviour_audited(c->how))
		log_conn(c);
	SSL_free(c->ssl);
	close(c->fd);
	free(c);
	return NULL;
}

void serve_start(int fd, const struct behaviour *how)
{
	struct conn *c = calloc(1, sizeof(*c));
	pthread_t thread;

	if (!c)
		abort();
	*c = (struct conn){.fd = fd, .how = how, .end = "none"};
	if (pthread_create(&thread, NULL, serve_conn, c) == 0) {
		pthread_detach(thread);
		return;
	}
	close(fd);
	free(c);
}

static void make_certs(const char *ca_dir)
{
	struct fakecert_ca ca;

	fakecert_ca_init(&ca);
	for (size_t i = 0; i < COUNT_OF(certs); i++)
		contexts[i] = fakecert_server_ctx(&ca, &certs[i].spec);
	must(!ca_dir || fakecert_write_ca(&ca, ca_dir) == 0, "fakepop: CA directory");
	fakecert_ca_fini(&ca);
}

int main(int argc, char **argv)
{
	const char *dir = NULL;
	const char *ca_dir = NULL;
	char path[4096];
	int opt;

	while ((opt = getopt(argc, argv, "d:w:")) != -1) {
		if (opt == 'd')
			dir = optarg;
		else if (opt == 'w')
			ca_dir = optarg;
		else
			return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	make_certs(ca_dir);
	if (dir) {
		snprintf(path, sizeof(path), "%s/fakepop.log", dir);
		log_file = fopen(path, "we");
		must(log_file != NULL, path);
	}
	ports_open(dir);
	ports_serve();
	return 0;
}
