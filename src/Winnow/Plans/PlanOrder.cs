namespace Winnow.Plans;

/// <summary>How a plan knows the order of its visits.</summary>
public enum PlanOrder
{
    /// <summary>As a list of ids, 4 bytes a visit: every order equally likely, and the fastest to read from end to end.</summary>
    Listed,

    /// <summary>
    /// As a key from which any part of the order follows, a fifth of a byte a sample: for sets of hundreds of millions, and for processes that
    /// read only their own share of each batch. Asking such a plan for its whole order as a span writes the list after all.
    /// </summary>
    Keyed,
}
