/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/bus.h"

#include <glib.h>

typedef struct Subscription {
    AilSubscriber fn;
    void *self;
} Subscription;

struct AilTopic {
    GArray *subscriptions; /* of Subscription */
};

struct AilBus {
    GHashTable *topics; /* name -> AilTopic, both owned */
};

static void topic_free(gpointer p)
{
    AilTopic *topic = p;
    g_array_free(topic->subscriptions, TRUE);
    g_free(topic);
}

AilBus *ail_bus_new(void)
{
    AilBus *bus = g_new0(AilBus, 1);
    bus->topics = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, topic_free);
    return bus;
}

void ail_bus_free(AilBus *bus)
{
    if (!bus)
        return;
    g_hash_table_destroy(bus->topics);
    g_free(bus);
}

AilTopic *ail_bus_topic(AilBus *bus, const char *name)
{
    AilTopic *topic = g_hash_table_lookup(bus->topics, name);
    if (!topic) {
        topic = g_new0(AilTopic, 1);
        topic->subscriptions = g_array_new(FALSE, FALSE, sizeof(Subscription));
        g_hash_table_insert(bus->topics, g_strdup(name), topic);
    }
    return topic;
}

void ail_bus_subscribe(AilTopic *topic, AilSubscriber fn, void *self)
{
    Subscription s = {fn, self};
    g_array_append_val(topic->subscriptions, s);
}

void ail_bus_publish(const AilTopic *topic, const AilBusEvent *event)
{
    for (guint i = 0; i < topic->subscriptions->len; i++) {
        const Subscription *s = &g_array_index(topic->subscriptions, Subscription, i);
        s->fn(s->self, event);
    }
}
