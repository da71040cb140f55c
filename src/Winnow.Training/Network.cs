using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Modules;
using Winnow.Checkpoints;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Models.Scripts;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>The model of a run: a TorchSharp module, or a TorchScript one; its trained parameters and its state by name.</summary>
internal sealed class Network : IDisposable
{
    private const int MostProblems = 20;

    private static readonly Lock s_generator = new();

    private readonly nn.Module _module;
    private readonly jit.ScriptModule? _script;
    private readonly (string Name, Tensor Tensor)[] _parameters;
    private (string Name, Tensor Tensor)[] _buffers;

    /// <param name="module">Taken over; on its device already.</param>
    public Network(nn.Module module)
    {
        (_module, _script) = (module, module as jit.ScriptModule);
        _parameters = [.. module.named_parameters().Select(static entry => (entry.name, (Tensor)entry.parameter))];

        _buffers = _script is null ? [.. module.named_buffers().Select(static entry => (entry.name, entry.buffer))] : [];

        // A tensor that a script has under two names is to be trained once.
        Parameters = [.. module.parameters().Where(static parameter => parameter.requires_grad).DistinctBy(static parameter => TensorIdentity.Of(parameter))];
    }

    /// <summary>What is trained.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>How many numbers are trained.</summary>
    public long ParameterCount => Parameters.Sum(static parameter => parameter.numel());

    /// <summary>Parameters, then buffers: all that must be saved to have this network again. Those of a script are valid until they are asked for again.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> State => [.. _parameters, .. Buffers()];

    /// <summary>Those buffers that a training step changes a little with every batch, such as running means; counters aren't among them.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> Statistics => Array.FindAll(Buffers(), static entry => entry.Tensor.is_floating_point());

    /// <summary>The module itself.</summary>
    public nn.Module Module => _module;

    /// <summary>A new network from a module with freshly drawn weights. libtorch's generator is the process's: nobody else may draw meanwhile.</summary>
    /// <param name="create">Makes the module.</param>
    /// <param name="layout">The memory order of its filters.</param>
    /// <param name="name">What the model is called.</param>
    /// <param name="seed">Of the first weights.</param>
    /// <exception cref="RecipeException">It can't be put into that order.</exception>
    public static Network Create(Func<nn.Module> create, MemoryLayout layout, string name, ulong seed)
    {
        lock (s_generator)
        {
            using var generator = manual_seed(unchecked((long)seed));
            var network = new Network(create());
            try
            {
                network.Arrange(layout, name);
                return network;
            }
            catch
            {
                network.Dispose();
                throw;
            }
        }
    }

    /// <summary>Seeds what dropout and its like draw next. Never while another thread draws the first weights of a network.</summary>
    public static void SeedDraws(ulong seed)
    {
        lock (s_generator)
        {
            using var generator = manual_seed(unchecked((long)seed));
        }
    }

    /// <summary>The network's output for a batch, as the task calls it.</summary>
    public Tensor Forward(TrainingTask task, Batch batch) => _script is null ? task.Forward(_module, batch) : Forward(batch[Batch.Input]);

    /// <summary>The network's function.</summary>
    /// <exception cref="TrainingFailedException">A script can't compute it; the message says what its code did.</exception>
    public Tensor Forward(Tensor input) => (Tensor)Call(input)!;

    /// <summary>The same, where nobody knows yet what comes of it: a script may give anything.</summary>
    /// <exception cref="TrainingFailedException">A script can't compute it.</exception>
    public object? Call(Tensor input)
    {
        if (_script is null)
        {
            return ((nn.IModule<Tensor, Tensor>)_module).call(input);
        }

        using var plain = ScriptExecution.Interpret();
        try
        {
            return _script.forward(input);
        }
        catch (ExternalException error)
        {
            throw new TrainingFailedException($"the model's TorchScript code failed: {ScriptError.Reason(error)}.", error);
        }
    }

    /// <summary>Training mode.</summary>
    public void Train() => _module.train();

    /// <summary>Evaluation mode.</summary>
    public void Eval() => _module.eval();

    /// <summary>Puts filters into a memory order.</summary>
    /// <param name="layout">The order.</param>
    /// <param name="name">What the model is called.</param>
    /// <exception cref="RecipeException">It can't be computed in that order.</exception>
    public void Arrange(MemoryLayout layout, string name)
    {
        if (layout == MemoryLayout.Contiguous)
        {
            return;
        }

        if (!ChannelsLast.Suits(_module, out var problem))
        {
            throw new RecipeException($"{name} can't be computed in channels-last order: \"{problem}\" is a filter of one pixel whose channels are no multiple of 16, for which libtorch's kernel in that order is broken. Compute it in contiguous order.");
        }

        _module.ToChannelsLast();
    }

    /// <summary>All of its state as it is now, on the host.</summary>
    /// <exception cref="RecipeException">A tensor is of a type that weight files don't hold.</exception>
    public IReadOnlyList<WeightArray> Weights() => [.. State.Select(static entry =>
    {
        using var scope = NewDisposeScope();
        return new WeightArray(entry.Name, entry.Tensor.shape, TypeName(entry), entry.Tensor.detach().cpu().contiguous().bytes.ToArray());
    })];

    /// <summary>Overwrites all of its state.</summary>
    /// <param name="weights">As many tensors as the model has, of the same names, types and shapes.</param>
    /// <param name="name">What the model is called.</param>
    /// <param name="place">The file or folder that they come from; null for none.</param>
    /// <param name="remedy">What to do where they don't fit, a sentence.</param>
    /// <exception cref="RecipeException">They don't fit: lists what doesn't.</exception>
    public void Load(IReadOnlyList<WeightArray> weights, string name, string? place = null, string remedy = "Give the model and the width that they were saved from.")
    {
        var given = weights.ToDictionary(static weight => weight.Name, StringComparer.Ordinal);
        var state = State;
        var known = state.Select(static entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        string[] problems =
        [
            .. state.Where(entry => !given.ContainsKey(entry.Name)).Select(static entry => $"\"{entry.Name}\" is missing"),
            .. weights.Where(weight => !known.Contains(weight.Name)).Select(weight => $"\"{weight.Name}\" is none of the model's"),
            .. state.Where(entry => given.ContainsKey(entry.Name)).Select(entry => (entry.Name, There: given[entry.Name].Description, Here: SafetensorsHeader.Describe(TypeName(entry), entry.Tensor.shape)))
                .Where(static pair => pair.There != pair.Here).Select(static pair => $"\"{pair.Name}\" is {pair.There} in the file and {pair.Here} in the model"),
        ];
        if (problems.Length > 0)
        {
            var more = problems.Length > MostProblems ? $"; and {problems.Length - MostProblems} more" : "";
            throw new RecipeException($"the weights{(place is null ? "" : $" in {place}")} don't fit {name}: {string.Join("; ", problems.Take(MostProblems))}{more}. {remedy}");
        }

        using var silent = no_grad();
        foreach (var (entry, tensor) in state)
        {
            using var scope = NewDisposeScope();
            var values = empty(tensor.shape, tensor.dtype);
            given[entry].Bytes.CopyTo(values.bytes);
            tensor.copy_(values);
        }
    }

    /// <summary>Whether two tensors of one type and shape hold the same bits, numbers that are none included.</summary>
    public static bool SameBits(Tensor one, Tensor other)
    {
        using var scope = NewDisposeScope();
        return one.detach().cpu().contiguous().bytes.SequenceEqual(other.detach().cpu().contiguous().bytes);
    }

    /// <summary>Puts everything that isn't trained back as it is now, when the result is disposed: for a look at a batch as training would see it, without training on it.</summary>
    public BufferGuard KeepBuffers() => new(this);

    public void Dispose()
    {
        Forget();
        _module.Dispose();
    }

    /// <summary>Lets go of what this made beside the module, which stays the caller's.</summary>
    public void Forget()
    {
        if (_script is not null)
        {
            Release();
        }
    }

    private static string TypeName((string Name, Tensor Tensor) entry) => TensorTypes.Name(entry.Tensor.dtype)
        ?? throw new RecipeException($"the model's tensor \"{entry.Name}\" is of type {entry.Tensor.dtype}, which can't be trained or saved; use floats, integers or bools.");

    /// <summary>The buffers as they are now. A script's code may put another tensor in one's place, of which handles from before know nothing.</summary>
    private (string Name, Tensor Tensor)[] Buffers()
    {
        if (_script is null)
        {
            return _buffers;
        }

        Release();
        _buffers = Array.ConvertAll(BuffersNow(_script), static entry => (entry.Name, entry.Tensor.DetachFromDisposeScope()));
        return _buffers;
    }

    // What TorchSharp asks libtorch when it makes a module, and keeps from then on; its public named_attributes() makes a tensor of every number and word, too, and
    // counts those as tensors alive for ever.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "_named_buffers")]
    private static extern (string Name, Tensor Tensor)[] BuffersNow(jit.ScriptModule script);

    private void Release()
    {
        foreach (var (_, tensor) in _buffers)
        {
            tensor.Dispose();
        }

        _buffers = [];
    }

    /// <summary>Buffers as they were.</summary>
    public sealed class BufferGuard : IDisposable
    {
        private readonly Network _network;
        private readonly Tensor[] _copies;

        public BufferGuard(Network network)
        {
            using var silent = no_grad();
            (_network, _copies) = (network, Array.ConvertAll(network.Buffers(), static entry => entry.Tensor.clone().DetachFromDisposeScope()));
        }

        /// <summary>Whether they still are, bit for bit.</summary>
        public bool Holds() => _network.Buffers().Zip(_copies).All(static pair => SameBits(pair.First.Tensor, pair.Second));

        public void Dispose()
        {
            using var silent = no_grad();
            foreach (var ((_, buffer), copy) in _network.Buffers().Zip(_copies))
            {
                buffer.copy_(copy);
                copy.Dispose();
            }
        }
    }
}
