#ifndef PROMETHEUS_VERSION_H
#define PROMETHEUS_VERSION_H

/* The build says which; this is for a file compiled by hand. */
#ifndef POP3PROBE_VERSION
#define POP3PROBE_VERSION "0.1.0"
#endif

#endif
