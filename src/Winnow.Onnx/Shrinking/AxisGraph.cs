using Winnow.Networks.Tracing;
using Winnow.Onnx.Graphs;

namespace Winnow.Onnx.Shrinking;

/// <summary>Positions along one axis of one value.</summary>
/// <param name="First">The first one's number in the graph of axes.</param>
/// <param name="Extent">How many there are.</param>
internal readonly record struct Axis(int First, int Extent);

/// <summary>All positions along all axes of a graph's values and which of them go together.</summary>
internal sealed class AxisGraph(GraphView view)
{
    private readonly ChannelSets _sets = new();
    private readonly Dictionary<(string Value, int Axis), Axis> _axes = [];
    private readonly Dictionary<int, string> _fixed = [];
    private readonly HashSet<(GraphNode Node, string Value, int Axis)> _reduced = [];
    private HashSet<int>? _stuck;

    public GraphView View => view;

    /// <summary>The axes that have numbers.</summary>
    public IEnumerable<(string Value, int Axis, Axis Positions)> Known => _axes.Select(static entry => (entry.Key.Value, entry.Key.Axis, entry.Value));

    /// <summary>Axes over which an operation takes sums or statistics: positions can go, and then it does so over those that stay.</summary>
    public IReadOnlySet<(GraphNode Node, string Value, int Axis)> Reduced => _reduced;

    /// <summary>An axis of a value.</summary>
    public Axis this[string value, int axis]
    {
        get
        {
            if (!_axes.TryGetValue((value, axis), out var found))
            {
                _axes.Add((value, axis), found = New((int)view.Shape(value)![axis]));
            }

            return found;
        }
    }

    /// <summary>An axis that no value has, such as a factor of one.</summary>
    public Axis New(int extent) => new(_sets.Add(extent), extent);

    public int Set(int position) => _sets.Find(position);

    /// <summary>Makes positions of two axes go together, one by one.</summary>
    public void Join(Axis one, Axis other) => Join(one, other, static k => k);

    /// <summary>Makes positions of two axes go together.</summary>
    /// <param name="one">Each of its positions.</param>
    /// <param name="other">Goes with one of these.</param>
    /// <param name="place">Which, from 0; negative for none.</param>
    public void Join(Axis one, Axis other, Func<int, int> place)
    {
        for (var k = 0; k < one.Extent; k++)
        {
            if (place(k) is >= 0 and var at)
            {
                _sets.Join(one.First + k, other.First + at);
            }
        }

        _stuck = null;
    }

    /// <summary>Makes an axis stay as it is.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="why">Why, a part of a sentence after a layer's name.</param>
    public void Fix(Axis axis, string why)
    {
        for (var k = 0; k < axis.Extent; k++)
        {
            _fixed.TryAdd(axis.First + k, why);
        }

        _stuck = null;
    }

    /// <summary>Makes all axes of a value stay as they are.</summary>
    public void Fix(string value, string why)
    {
        for (var axis = 0; axis < (view.Shape(value)?.Length ?? 0); axis++)
        {
            Fix(this[value, axis], why);
        }
    }

    public void Reduce(GraphNode node, string value, int axis) => _reduced.Add((node, value, axis));

    public bool IsFixed(int position) => (_stuck ??= [.. _fixed.Keys.Select(_sets.Find)]).Contains(_sets.Find(position));

    /// <summary>Whether any position could go.</summary>
    public bool IsLive(Axis axis) => axis.Extent > 1 && Enumerable.Range(axis.First, axis.Extent).Any(position => !IsFixed(position));

    /// <summary>Why the positions of an axis stay.</summary>
    public string? WhyFixed(Axis axis)
    {
        var own = Enumerable.Range(axis.First, axis.Extent).Select(_sets.Find).ToHashSet();
        return _fixed.FirstOrDefault(entry => own.Contains(_sets.Find(entry.Key))).Value;
    }
}
