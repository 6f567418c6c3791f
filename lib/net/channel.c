#include "net/channel.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* c-ares doubles the wait with each round over the servers: one dead server of two costs 2 s of a
 * 10 s deadline, and all dead ones end by themselves. */
enum { QUERY_TIMEOUT_MS = 2000, QUERY_TRIES = 2 };

static const char default_resolv_conf[] = "/etc/resolv.conf";

/* What tells one resolv.conf from the next; zero while there is none. */
struct stamp {
	struct timespec mtime;
	ino_t inode;
	dev_t device;
	off_t size;
};

struct watch {
	struct watch *next;
	ares_socket_t fd;
	struct event event;
	struct net_channel *channel;
};

struct net_channel {
	struct net_loop *loop;
	ares_channel ares;
	struct ares_options saved;
	struct watch *watches;
	struct event timer;
	struct stamp stamp;
	size_t users;
	bool retired;
};

static void channel_arm(struct net_channel *ch)
{
	struct timeval tv;

	if (ares_timeout(ch->ares, NULL, &tv))
		(void)event_add(&ch->timer, &tv);
	else
		(void)event_del(&ch->timer);
}

static void channel_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct net_channel *ch = arg;

	(void)fd;
	(void)what;
	ares_process_fd(ch->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	channel_arm(ch);
}

static void channel_on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;
	struct net_channel *ch = w->channel; /* w may be gone after the call */

	ares_process_fd(ch->ares, (what & EV_READ) ? fd : ARES_SOCKET_BAD,
		(what & EV_WRITE) ? fd : ARES_SOCKET_BAD);
	channel_arm(ch);
}

static struct watch **watch_find(struct net_channel *ch, ares_socket_t fd)
{
	struct watch **at = &ch->watches;

	while (*at && (*at)->fd != fd)
		at = &(*at)->next;
	return at;
}

static void watch_drop(struct watch **at)
{
	struct watch *w = *at;

	*at = w->next;
	(void)event_del(&w->event);
	free(w);
}

/* Told by c-ares what it waits for on a socket; both false just before it closes it. Without memory
 * the socket goes unwatched and its question times out. */
static void channel_watch(void *data, ares_socket_t fd, int readable, int writable)
{
	struct net_channel *ch = data;
	struct watch **at = watch_find(ch, fd);
	short what = (short)((readable ? EV_READ : 0) | (writable ? EV_WRITE : 0) | EV_PERSIST);
	struct watch *w;

	if (*at)
		watch_drop(at);
	if (!readable && !writable)
		return;
	w = malloc(sizeof(*w));
	if (!w)
		return;
	w->fd = fd;
	w->channel = ch;
	w->next = ch->watches;
	ch->watches = w;
	(void)event_assign(&w->event, net_loop_base(ch->loop), fd, what, channel_on_socket, w);
	(void)event_add(&w->event, NULL);
}

/* The search list is walked here and not by c-ares (NOSEARCH): asked apart, AAAA of a name with A
 * alone would go on to "name.search.domain" and there find another host's address. Variables like
 * HOSTALIASES do not redirect a monitor (NOALIASES). */
static int channel_options(
	struct net_channel *ch, char *resolv_conf, uint16_t port, struct ares_options *o)
{
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;

	memset(o, 0, sizeof(*o));
	o->flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
	o->timeout = QUERY_TIMEOUT_MS;
	o->tries = QUERY_TRIES;
	o->sock_state_cb = channel_watch;
	o->sock_state_cb_data = ch;
	if (port != 0) {
		o->udp_port = port;
		o->tcp_port = port;
		mask |= ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT;
	}
	if (resolv_conf) {
		o->resolvconf_path = resolv_conf;
		mask |= ARES_OPT_RESOLVCONF;
	}
	return mask;
}

static struct stamp stamp_read(const char *resolv_conf)
{
	struct stamp s;
	struct stat st;

	memset(&s, 0, sizeof(s));
	if (stat(resolv_conf ? resolv_conf : default_resolv_conf, &st) == 0) {
		s.mtime = st.st_mtim;
		s.inode = st.st_ino;
		s.device = st.st_dev;
		s.size = st.st_size;
	}
	return s;
}

static void channel_free(struct net_channel *ch)
{
	if (ch->ares)
		ares_destroy(ch->ares);
	ares_destroy_options(&ch->saved);
	while (ch->watches)
		watch_drop(&ch->watches);
	(void)event_del(&ch->timer);
	free(ch);
}

int net_channel_new(struct net_loop *l, char *resolv_conf, uint16_t port, struct net_channel **out)
{
	struct net_channel *ch = calloc(1, sizeof(*ch));
	struct ares_options options;
	int status, mask;

	if (!ch)
		return ARES_ENOMEM;
	ch->loop = l;
	ch->stamp = stamp_read(resolv_conf);
	(void)event_assign(&ch->timer, net_loop_base(l), -1, 0, channel_on_timer, ch);
	mask = channel_options(ch, resolv_conf, port, &options);
	status = ares_init_options(&ch->ares, &options, mask);
	if (status == ARES_SUCCESS)
		status = ares_save_options(ch->ares, &ch->saved, &mask);
	if (status != ARES_SUCCESS) {
		channel_free(ch);
		return status;
	}
	*out = ch;
	return ARES_SUCCESS;
}

void net_channel_retire(struct net_channel *ch)
{
	if (!ch)
		return;
	ch->retired = true;
	if (ch->users == 0)
		channel_free(ch);
}

void net_channel_enter(struct net_channel *ch)
{
	ch->users++;
}

void net_channel_leave(struct net_channel *ch)
{
	if (--ch->users > 0)
		return;
	if (ch->retired) {
		channel_free(ch);
	} else {
		ares_cancel(ch->ares);
		channel_arm(ch);
	}
}

bool net_channel_stale(const struct net_channel *ch, const char *resolv_conf)
{
	struct stamp now = stamp_read(resolv_conf);

	return now.mtime.tv_sec != ch->stamp.mtime.tv_sec ||
	       now.mtime.tv_nsec != ch->stamp.mtime.tv_nsec || now.inode != ch->stamp.inode ||
	       now.device != ch->stamp.device || now.size != ch->stamp.size;
}

const struct ares_options *net_channel_saved(const struct net_channel *ch)
{
	return &ch->saved;
}

void net_channel_ask(struct net_channel *ch, const char *name,
	const struct ares_addrinfo_hints *hints, ares_addrinfo_callback answered, void *arg)
{
	ares_getaddrinfo(ch->ares, name, NULL, hints, answered, arg);
	channel_arm(ch);
}

int net_channel_files(ares_channel *out)
{
	char lookups[] = "f";
	struct ares_options o;

	memset(&o, 0, sizeof(o));
	o.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
	o.lookups = lookups;
	o.timeout = QUERY_TIMEOUT_MS;
	o.tries = QUERY_TRIES;
	o.ndots = 1;
	return ares_init_options(out, &o,
		ARES_OPT_FLAGS | ARES_OPT_LOOKUPS | ARES_OPT_SERVERS | ARES_OPT_DOMAINS |
			ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS | ARES_OPT_SORTLIST);
}

bool net_channel_localhost(ares_channel files, int family)
{
	struct hostent *host = NULL;

	if (ares_gethostbyname_file(files, "localhost", family, &host) != ARES_SUCCESS)
		return false;
	ares_free_hostent(host);
	return true;
}
