/*
 * network: how other servers are reached: proxies and certificates.
 * Entry points: OutboundDispatcher, which every request to a model provider or an identity provider goes through;
 * OutboundAgents, for WebSockets;
 * certificateProblems, for the start; trustedAuthorities, for connections that are not HTTP.
 * A connection of its own elsewhere would pass the operator's proxy by.
 * Must never import: anything but common and config.
 */
export { certificateProblems, trustedAuthorities } from './certificates.js';
export { OutboundAgents } from './outbound-agents.js';
export { OutboundDispatcher } from './outbound-dispatcher.js';
