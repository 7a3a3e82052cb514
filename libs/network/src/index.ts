/*
 * network: how other servers are reached: proxies and certificates.
 * Entry point: OutboundDispatcher, which every request to a model provider or an identity provider goes through.
 * A connection of its own elsewhere would pass the operator's proxy by.
 * Must never import: anything but common and config.
 */
export { OutboundDispatcher, type OutboundOptions } from './outbound-dispatcher.js';
