using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Networks.Depth;
using Winnow.Networks.Tracing;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Networks.Shrinking;

/// <summary>A network that has got smaller, as a file: safetensors, whose header says how large every tensor is, so that a module made by the same code as ever gets as small again.</summary>
public static class ShrunkNetwork
{
    /// <summary>What the metadata of a safetensors file holds that may be smaller than the network it is for.</summary>
    public static KeyValuePair<string, string> Mark { get; } = new("winnow", "shrunk");

    /// <summary>Writes all state of a network, parameters and buffers under the names of <c>state_dict</c>; whole or not at all.</summary>
    /// <param name="module">The network.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="NetworkPruningException">A tensor is of a type that safetensors files don't hold.</exception>
    /// <exception cref="IOException">It can't be written.</exception>
    public static void Save(nn.Module module, string path)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var content = new SafetensorsContent();
        content.Metadata.Add(new("format", "pt"));
        content.Metadata.Add(Mark);
        foreach (var (name, tensor) in StateNames.All(module))
        {
            using var scope = NewDisposeScope();
            var type = TensorTypes.Name(tensor.dtype) ?? throw new NetworkPruningException($"\"{name}\" is of type {tensor.dtype}, which safetensors files don't hold; use floats, integers or bools.");
            content.Arrays.Add(new(name, type, tensor.shape, tensor.detach().cpu().contiguous().bytes.ToArray()));
        }

        AtomicFile.Write(path, stream => Safetensors.Write(stream, content));
    }

    /// <summary>Makes a network as small as a file says, and reads its weights.</summary>
    /// <param name="module">The network as its code makes it: no tensor of it smaller than the file's. Where this fails it is as it was.</param>
    /// <param name="path">A file that <see cref="Save"/> wrote, or PyTorch from <c>state_dict</c> of a network that was cut likewise.</param>
    /// <exception cref="DataException">The file can't be read or is damaged.</exception>
    /// <exception cref="NetworkPruningException">It is of another network; the message lists what doesn't fit.</exception>
    public static void Load(nn.Module module, string path)
    {
        ArgumentNullException.ThrowIfNull(module);
        var content = Safetensors.Read(path);
        var given = content.Arrays.ToDictionary(static array => array.Name, StringComparer.Ordinal);
        Resize(module, [.. given.Values], path, blocks: content.Metadata.Contains(Mark));
        using var silent = no_grad();
        foreach (var (name, tensor) in StateNames.All(module))
        {
            using var read = empty(tensor.shape, tensor.dtype);
            given[name].Data.Span.CopyTo(read.bytes);
            tensor.copy_(read);
        }
    }

    /// <summary>Makes a network as small as a marked file says; its weights are then those of no network. Of a child of a <c>Sequential</c> of whose state nothing is there, it is taken that it was taken out.</summary>
    /// <param name="module">The network as its code makes it. Where this fails it is as it was.</param>
    /// <param name="arrays">Name, type and shape of all state.</param>
    /// <param name="place">Where they are from, for messages.</param>
    /// <exception cref="NetworkPruningException">They are another network's; the message lists what doesn't fit.</exception>
    public static void Resize(nn.Module module, IReadOnlyList<SafetensorsArray> arrays, string place)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(arrays);
        Resize(module, arrays, place, blocks: true);
    }

    private static void Resize(nn.Module module, IReadOnlyList<SafetensorsArray> arrays, string place, bool blocks)
    {
        var given = arrays.ToDictionary(static array => array.Name, StringComparer.Ordinal);
        var gone = blocks ? SequentialChildren.Without(module, given.ContainsKey).ToArray() : [];
        var state = Array.FindAll(StateNames.All(module), entry => !gone.Any(block => entry.Name.StartsWith(block.Name + ".", StringComparison.Ordinal)));
        var known = state.Select(static entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        string[] problems =
        [
            .. state.Where(entry => !given.ContainsKey(entry.Name)).Select(static entry => $"\"{entry.Name}\" is missing"),
            .. given.Keys.Where(name => !known.Contains(name)).Select(static name => $"\"{name}\" is none of the network's"),
            .. state.Where(entry => given.TryGetValue(entry.Name, out var array) && !Fits(entry.Tensor, array))
                .Select(entry => $"\"{entry.Name}\" is {given[entry.Name].Description} in the file and {new SafetensorsArray(entry.Name, TensorTypes.Name(entry.Tensor.dtype) ?? "?", entry.Tensor.shape, default).Description} in the network"),
        ];
        if (problems.Length > 0)
        {
            throw new NetworkPruningException($"{place} is of another network: {string.Join("; ", problems.Take(10))}{(problems.Length > 10 ? $"; and {problems.Length - 10} more" : "")}. Give the network that was made smaller, as its code makes it.");
        }

        foreach (var (holder, key) in gone.Select(static block => (block.Holder, block.Key)).Distinct())
        {
            _ = SequentialChildren.TakeOut(holder, key);
        }

        var layers = Tracer.LayersOf(module).Layers;
        using (no_grad())
        {
            foreach (var (name, tensor) in state)
            {
                if (!tensor.shape.SequenceEqual(given[name].Shape))
                {
                    using var smaller = empty([.. given[name].Shape], tensor.dtype, tensor.device);
                    tensor.set_(smaller);
                    tensor.grad = null;
                }
            }
        }

        foreach (var layer in layers)
        {
            LayerSizes.Follow(layer);
        }
    }

    private static bool Fits(Tensor tensor, SafetensorsArray array) =>
        TensorTypes.Name(tensor.dtype) == array.Type && tensor.dim() == array.Shape.Count && tensor.shape.Zip(array.Shape).All(static pair => pair.Second <= pair.First && (pair.Second > 0 || pair.First == 0));
}
