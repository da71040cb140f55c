using static TorchSharp.torch;

namespace Winnow.Networks.Depth;

/// <summary>Looks at what blocks are given and give, until it is disposed of. A block may change its input in place: what is told is a copy of before.</summary>
internal sealed class BlockHooks : IDisposable
{
    private readonly List<Action> _removals = [];
    private readonly Dictionary<NetworkBlock, Tensor> _given = new(ReferenceEqualityComparer.Instance);

    /// <param name="trace">The network.</param>
    /// <param name="blocks">Of its blocks.</param>
    /// <param name="look">Is told the block, a copy of its input and its output, and gives what counts as its output, which may be that copy.</param>
    public BlockHooks(BlockTrace trace, IEnumerable<NetworkBlock> blocks, Func<NetworkBlock, Tensor, Tensor, Tensor> look)
    {
        foreach (var block in blocks)
        {
            var module = trace.ModuleOf(block);
            _removals.Add(module.register_forward_pre_hook((_, input) =>
            {
                _given[block] = input.clone().DetachFromDisposeScope();
                return input;
            }).remove);
            _removals.Add(module.register_forward_hook((_, _, output) =>
            {
                _given.Remove(block, out var given);
                var told = look(block, given!, output);
                if (!ReferenceEquals(told, given))
                {
                    given!.Dispose();
                }

                return told;
            }).remove);
        }
    }

    public void Dispose()
    {
        _removals.ForEach(static remove => remove());
        foreach (var given in _given.Values)
        {
            given.Dispose();
        }
    }
}
