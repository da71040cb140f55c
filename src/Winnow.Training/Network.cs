using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>The model of a run: a TorchSharp module from one tensor to one, its trained parameters and its state by name.</summary>
internal sealed class Network : IDisposable
{
    private readonly nn.Module _module;
    private readonly nn.IModule<Tensor, Tensor> _function;
    private readonly (string Name, Tensor Tensor)[] _buffers;
    private readonly (string Name, Tensor Tensor)[] _state;

    /// <param name="module">Taken over; on its device already.</param>
    public Network(nn.Module module)
    {
        (_module, _function) = (module, (nn.IModule<Tensor, Tensor>)module);
        Parameters = [.. module.parameters().Where(static parameter => parameter.requires_grad)];
        _buffers = [.. module.named_buffers().Select(static entry => (entry.name, entry.buffer))];
        _state = [.. module.named_parameters().Select(static entry => (entry.name, (Tensor)entry.parameter)), .. _buffers];
    }

    /// <summary>What is trained.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>How many numbers are trained.</summary>
    public long ParameterCount => Parameters.Sum(static parameter => parameter.numel());

    /// <summary>Parameters, then buffers: all that must be saved to have this network again.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> State => _state;

    /// <summary>Those buffers that a training step changes a little with every batch, such as running means; counters aren't among them.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Statistics => _buffers.Where(static entry => entry.Tensor.is_floating_point());

    /// <summary>The module itself.</summary>
    public nn.Module Module => _module;

    /// <summary>The network's function.</summary>
    public Tensor Forward(Tensor input) => _function.call(input);

    /// <summary>Training mode.</summary>
    public void Train() => _module.train();

    /// <summary>Evaluation mode.</summary>
    public void Eval() => _module.eval();

    /// <summary>Puts everything that isn't trained back as it is now, when the result is disposed: for a look at a batch as training would see it, without training on it.</summary>
    public BufferGuard KeepBuffers() => new(_buffers);

    public void Dispose() => _module.Dispose();

    /// <summary>Buffers as they were.</summary>
    public sealed class BufferGuard : IDisposable
    {
        private readonly (Tensor Buffer, Tensor Copy)[] _copies;

        public BufferGuard((string Name, Tensor Tensor)[] buffers)
        {
            using var silent = no_grad();
            _copies = Array.ConvertAll(buffers, static entry => (entry.Tensor, entry.Tensor.clone().DetachFromDisposeScope()));
        }

        public void Dispose()
        {
            using var silent = no_grad();
            foreach (var (buffer, copy) in _copies)
            {
                buffer.copy_(copy);
                copy.Dispose();
            }
        }
    }
}
