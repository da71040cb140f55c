namespace Winnow.Embedding;

/// <summary>A model that has a name isn't on this machine and can't be fetched: no network, no SDK, no room. The message says what to do.</summary>
/// <param name="message">What is missing and the remedy.</param>
/// <param name="inner">What caused it.</param>
public sealed class ModelUnavailableException(string message, Exception? inner = null) : IOException(message, inner);
