using static TorchSharp.torch;

namespace Winnow.Networks.Tracing;

/// <summary>Which channels of which sources the channels of one tensor depend on, asked of gradients.</summary>
internal sealed class Reach
{
    private readonly Tensor _target;
    private readonly int _axis;
    private readonly Tensor _seed;
    private List<Source> _sources;

    private Reach(Tensor target, int axis, Tensor seed, List<Source> sources) => (_target, _axis, _seed, _sources) = (target, axis, seed, sources);

    /// <summary>What depends on what: (source, axis of the source, index along it, channel of the target). An axis of a source that isn't a layer counts where its indices can be told apart.</summary>
    /// <param name="target">The tensor.</param>
    /// <param name="axis">Its axis of channels.</param>
    /// <param name="all">All there is to depend on.</param>
    public static List<Link> Of(Tensor target, int axis, IReadOnlyList<Source> all)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(21);
        axis = axis < 0 ? (int)target.dim() + axis : axis;
        Tensor seed;
        using (no_grad())
        {
            // Random, because a softmax has no gradient for ones.
            seed = rand(target.shape, dtype: target.dtype, device: target.device, generator: generator).add_(0.5);
        }

        var reach = new Reach(target, axis, seed, [.. all]);
        reach._sources = [.. reach.Hits(0, (int)target.shape[axis], null).Select(static hit => hit.Source).Distinct()];
        var channels = (int)target.shape[axis];
        return reach._sources.Count == 0 ? [] : reach.ByCodes(channels) ?? reach.BySplitting(channels);
    }

    /// <summary>The sources and indices that some channels of the outputs depend on.</summary>
    public static List<(Source Source, int Axis, int Index)> Behind(Tensor target, IReadOnlyList<Source> all)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(22);
        using var silent = no_grad();
        var seed = rand(target.shape, dtype: target.dtype, device: target.device, generator: generator).add_(0.5);
        var reach = new Reach(target, 0, seed, [.. all]);
        return reach.Hits(seed);
    }

    /// <summary>Two backward passes a bit of the channel's number, one for those that have it and one for the rest; null where a channel is reached that way by several.</summary>
    private List<Link>? ByCodes(int channels)
    {
        var bits = Math.Max(1, 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)(channels - 1)));
        var codes = new Dictionary<(Source, int, int), (int With, int Without)>();
        for (var bit = 0; bit < bits; bit++)
        {
            foreach (var set in new[] { true, false })
            {
                var mask = new bool[channels];
                for (var k = 0; k < channels; k++)
                {
                    mask[k] = (k >> bit & 1) == 1 == set;
                }

                foreach (var (source, axis, index) in Hits(0, channels, mask))
                {
                    var (with, without) = codes.GetValueOrDefault((source, axis, index));
                    codes[(source, axis, index)] = set ? (with | 1 << bit, without) : (with, without | 1 << bit);
                }
            }
        }

        var links = new List<Link>();
        foreach (var entry in codes.GroupBy(static code => (Source: code.Key.Item1, Axis: code.Key.Item2)))
        {
            var single = entry.All(code => (code.Value.With ^ code.Value.Without) == (1 << bits) - 1);
            if (!single && entry.Key.Source.Kind == SourceKind.Layer)
            {
                return null;
            }

            if (single)
            {
                links.AddRange(entry.Select(code => new Link(entry.Key.Source, entry.Key.Axis, code.Key.Item3, code.Value.With)));
            }
        }

        // A source of which no axis tells its indices apart may still do so when it is looked at channel by channel.
        return _sources.All(source => source.Axes.Length == 0 || links.Any(link => link.Source == source)) ? links : null;
    }

    /// <summary>Halves until a part depends on one index of each layer at most.</summary>
    private List<Link> BySplitting(int channels)
    {
        var links = new List<Link>();
        Split(0, channels);

        // Of the axes of a source that is no layer, the one that tells most apart.
        return
        [
            .. links.GroupBy(static link => link.Source).SelectMany(static group => group.GroupBy(static link => link.Axis)
                .OrderBy(axis => axis.Count() / (double)group.Key.Leaf.shape[axis.Key]).ThenBy(static axis => axis.Key).First()),
        ];

        void Split(int from, int to)
        {
            var hits = Hits(from, to, null);
            var several = hits.GroupBy(static hit => (hit.Source, hit.Axis)).Any(static group => group.Count() > 1);
            if (to - from > 1 && several)
            {
                Split(from, (from + to) / 2);
                Split((from + to) / 2, to);
                return;
            }

            foreach (var (source, axis, index) in hits)
            {
                for (var channel = from; channel < to; channel++)
                {
                    links.Add(new(source, axis, index, channel));
                }
            }
        }
    }

    /// <summary>The indices of sources on which some channels of the target depend.</summary>
    /// <param name="from">The first channel.</param>
    /// <param name="to">The one after the last.</param>
    /// <param name="mask">Which of all channels; null for those from the first to the last.</param>
    private List<(Source Source, int Axis, int Index)> Hits(int from, int to, bool[]? mask)
    {
        using var scope = NewDisposeScope();
        Tensor seed;
        using (no_grad())
        {
            var extents = Enumerable.Repeat(1L, (int)_target.dim()).ToArray();
            extents[_axis] = _target.shape[_axis];
            var chosen = mask is not null ? mask : [.. Enumerable.Range(0, (int)_target.shape[_axis]).Select(k => k >= from && k < to)];
            seed = _seed * tensor(chosen, device: _target.device).to(_target.dtype).reshape(extents);
        }

        return Hits(seed);
    }

    private List<(Source Source, int Axis, int Index)> Hits(Tensor seed)
    {
        using var scope = NewDisposeScope();
        var hits = new List<(Source, int, int)>();
        if (!_target.requires_grad)
        {
            return hits;
        }

        foreach (var source in _sources)
        {
            source.Leaf.grad = null;
        }

        // Into grad, because TorchSharp's autograd.grad lets libtorch's exceptions end the process.
        autograd.backward([_target], [seed], retain_graph: true, inputs: [.. _sources.Select(static source => source.Leaf)]);
        using var silent = no_grad();
        for (var k = 0; k < _sources.Count; k++)
        {
            if (_sources[k].Leaf.grad is not { IsInvalid: false } gradient)
            {
                continue;
            }

            using var touched = gradient.ne(0);
            foreach (var axis in _sources[k].Axes)
            {
                hits.AddRange(AlongAxis.Touched(touched, axis).Select(index => (_sources[k], axis, index)));
            }
        }

        return hits;
    }
}

/// <summary>One index of a source reaches one channel.</summary>
internal readonly record struct Link(Source Source, int Axis, int Index, int Channel);
