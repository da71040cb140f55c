namespace Winnow.Geometry;

/// <summary>
/// A function of sets of items that a greedy selection makes large. It knows the set selected so far. Gains must never grow as the set does
/// (the function is submodular, as computed, rounding included), or lazy selection gives other items than naive selection.
/// </summary>
public interface ISetFunction
{
    /// <summary>The number of items, 0 … n - 1.</summary>
    int Count { get; }

    /// <summary>How many items are best asked for at once; it changes no result.</summary>
    int Batch { get; }

    /// <summary>What each of some items would add to the function's value, were it selected now.</summary>
    /// <param name="items">Items that aren't selected.</param>
    /// <param name="gains">Gets one gain an item.</param>
    /// <param name="cancellation">Ends the work by an exception.</param>
    void Gains(ReadOnlySpan<int> items, Span<double> gains, CancellationToken cancellation = default);

    /// <summary>Selects an item.</summary>
    /// <param name="item">One that isn't selected.</param>
    void Add(int item);
}
