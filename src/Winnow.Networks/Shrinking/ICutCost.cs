using Winnow.Networks.Tracing;

namespace Winnow.Networks.Shrinking;

/// <summary>What a network costs while units go.</summary>
internal interface ICutCost
{
    /// <summary>What is left of it.</summary>
    long Value { get; }

    /// <summary>Takes a unit out.</summary>
    void Remove(ChannelUnit unit);
}
