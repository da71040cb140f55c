using System.Runtime.InteropServices;
using System.Text;
using Winnow.Data;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Models.Scripts;

/// <summary>A TorchScript file, read once and kept: models are made of it, and trained ones saved as copies of it with other numbers.</summary>
/// <remarks>
/// Saving doesn't go through libtorch's own writer: that one ends the process when the disk is full, and writes the code anew as its version would. The copy
/// has the file's own code and structure, so that whoever could read the file can read it.
/// </remarks>
public sealed class ScriptFile
{
    internal const string Remedy = "In Python, torch.jit.script(model).save(\"model.pt\") writes such a file (or torch.jit.trace(model, example), which records one mode only).";

    private readonly byte[] _file;
    private readonly ScriptArchive _archive;
    private readonly string _path;
    private int[]? _places;

    private ScriptFile(string path, byte[] file, ScriptArchive archive) => (_path, _file, _archive) = (path, file, archive);

    /// <summary>Attributes that the code changes and that are no tensors, with their types: what isn't saved of a trained module.</summary>
    internal IReadOnlyList<string> Changing => _archive.Changing;

    /// <summary>Reads a file.</summary>
    /// <param name="file">The file and what has to be in it.</param>
    /// <exception cref="DataException">It can't be read, is no TorchScript file, or a damaged one.</exception>
    /// <exception cref="RecipeException">It has another content now.</exception>
    internal static ScriptFile Read(FileIdentity file)
    {
        var bytes = file.Read(stream =>
        {
            if (stream.Length > SampleSet.MaxBytes)
            {
                throw new DataException($"{file.Path} has {stream.Length} bytes; a TorchScript file may have at most {SampleSet.MaxBytes}.");
            }

            var whole = new byte[stream.Length];
            stream.ReadExactly(whole);
            return whole;
        });
        if (!bytes.AsSpan().StartsWith("PK\x3\x4"u8))
        {
            throw new DataException($"{file.Path} is no TorchScript file: {Kind(bytes)}. {Remedy}");
        }

        return new ScriptFile(file.Path, bytes, ScriptArchive.Open(bytes, file.Path));
    }

    /// <summary>A new module with the file's numbers, on a device.</summary>
    /// <exception cref="DataException">libtorch can't load it.</exception>
    internal jit.ScriptModule<Tensor, Tensor> Load(Device device) => Load(_file, device);

    /// <summary>Makes sure that a trained module can be saved.</summary>
    /// <exception cref="DataException">It can't be: libtorch keeps its tensors elsewhere than in the archive.</exception>
    internal void CheckThatItCanBeSaved() => _ = Places();

    /// <summary>Writes the file anew, with trained numbers in place of its own, in the memory order that it has.</summary>
    /// <param name="destination">Stays open.</param>
    /// <param name="weights">All of the trained module's state.</param>
    internal void Write(Stream destination, IReadOnlyList<WeightArray> weights)
    {
        using var scope = NewDisposeScope();
        using var network = new Network(Load(CPU));
        network.Load(weights, _path);
        var (state, places) = (network.State, Places());
        var contents = new Dictionary<int, byte[]>();
        for (var k = 0; k < places.Length; k++)
        {
            if (places[k] >= 0)
            {
                var length = _archive.Tensors[places[k]].Length / state[k].Tensor.element_size();
                contents[places[k]] = Flat(state[k].Tensor, length, 0).bytes.ToArray();
            }
        }

        destination.Write(_archive.With((number, content) => contents.GetValueOrDefault(number) ?? content));
    }

    /// <summary>
    /// The entry in which each tensor of the state has its numbers, by asking libtorch: in a copy of the archive every entry is filled with its own number,
    /// byte for byte, and what a tensor then holds says where it comes from. -1 for a tensor without numbers.
    /// </summary>
    private int[] Places()
    {
        if (_places is not null)
        {
            return _places;
        }

        int[]? found = null;
        for (var shift = 0; shift == 0 || _archive.Tensors.Count >> shift > 0; shift += 8)
        {
            var marked = _archive.With((number, content) =>
            {
                Array.Fill(content, (byte)(number >> shift));
                return content;
            });
            using var scope = NewDisposeScope();
            using var network = new Network(Load(marked, CPU));
            var state = network.State;
            found ??= new int[state.Count];
            for (var k = 0; k < found.Length; k++)
            {
                found[k] = state[k].Tensor.numel() == 0 ? -1 : found[k] | (Mark(state[k].Tensor) << shift);
            }
        }

        return _places = found!.All(place => place < _archive.Tensors.Count) ? found! : throw Unplaced();
    }

    private byte Mark(Tensor tensor)
    {
        var first = Flat(tensor, 1, tensor.storage_offset()).bytes;
        return first.IndexOfAnyExcept(first[0]) < 0 ? first[0] : throw Unplaced();
    }

    private DataException Unplaced() =>
        new($"{_path} can't be trained: its tensors aren't in the archive as they are in the module, so that it couldn't be saved again. Script the module without a __setstate__ of its own.");

    /// <summary>Numbers in the order of the storage that a tensor is in, which may be another than the tensor's.</summary>
    private static Tensor Flat(Tensor tensor, long length, long start)
    {
        using var silent = no_grad();
        return tensor.detach().as_strided([length], [1], start);
    }

    private jit.ScriptModule<Tensor, Tensor> Load(byte[] file, Device device)
    {
        TorchRuntime.Load();
        try
        {
            return jit.load<Tensor, Tensor>(file, device.type, device.index);
        }
        catch (ExternalException error)
        {
            throw new DataException($"{_path} can't be loaded by libtorch {TorchRuntime.Version}: {ScriptError.Reason(error)}. {Remedy}", error);
        }
    }

    private static string Kind(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty)
        {
            return "it is empty";
        }

        if (file[0] == 0x80 && file.Length > 1 && file[1] <= 5)
        {
            return "it is a pickle, as torch.save wrote before PyTorch 1.6, with weights or Python objects and no program";
        }

        var start = file[..Math.Min(file.Length, 12)];
        return start.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 ? $"it is text that begins with \"{Encoding.ASCII.GetString(start)}\"" : $"it begins with the bytes {Convert.ToHexStringLower(start)}";
    }
}
