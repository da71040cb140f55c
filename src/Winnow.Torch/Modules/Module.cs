namespace Winnow.Torch.Modules;

/// <summary>
/// A part of a network: parameters, buffers and parts of its own, and the function they make. It owns its tensors; dispose the outermost one.
/// </summary>
/// <remarks>
/// Parameters keep their identity for life: moving to a device or another memory format changes their storage, so an optimiser made before
/// stays valid. Weights are drawn from libtorch's seeded generator when a module is made.
/// </remarks>
public abstract class Module : IDisposable
{
    readonly List<(string Name, Tensor Tensor)> _parameters = [];
    readonly List<(string Name, Tensor Tensor)> _buffers = [];
    readonly List<(string Name, Module Module)> _children = [];

    /// <summary>Whether the module is in training (the default) or in evaluation.</summary>
    public bool IsTraining { get; private set; } = true;

    /// <summary>Whether layers that keep running statistics record those of a batch in training; true by default.</summary>
    public bool RecordsStatistics { get; private set; } = true;

    /// <summary>All parameters, of this module and its parts, in the order of <see cref="NamedParameters"/>.</summary>
    public IReadOnlyList<Tensor> Parameters => [.. NamedParameters().Select(parameter => parameter.Tensor)];

    /// <summary>The number of trained numbers.</summary>
    public long ParameterCount => Parameters.Sum(parameter => parameter.Count);

    /// <summary>The module's function.</summary>
    /// <param name="input">Stays the caller's.</param>
    /// <returns>A tensor of the current scope; what was made on the way is released unless autograd needs it.</returns>
    public abstract Tensor Forward(Tensor input);

    /// <summary>Parameters with their names, such as <c>layer1.conv.weight</c>: this module's first, then its parts' in order.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> NamedParameters() => Named("", module => module._parameters);

    /// <summary>Tensors that are part of the state without being trained, such as running means.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> NamedBuffers() => Named("", module => module._buffers);

    /// <summary>Parameters, then buffers: all that must be saved to have this network again.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> NamedState() => NamedParameters().Concat(NamedBuffers());

    /// <summary>Overwrites parameters and buffers. Nothing is changed unless all names and shapes fit.</summary>
    /// <param name="state">Exactly the names of <see cref="NamedState"/>, in any order, on any device.</param>
    /// <exception cref="ArgumentException">A name is missing, unexpected or given twice, or a shape is another; the message lists all.</exception>
    public void LoadState(IEnumerable<(string Name, Tensor Tensor)> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var own = NamedState().ToDictionary(entry => entry.Name, entry => entry.Tensor, StringComparer.Ordinal);
        var given = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var problems = new List<string>();
        foreach (var (name, tensor) in state)
        {
            if (!given.TryAdd(name, tensor))
            {
                problems.Add($"'{name}' is given twice");
            }
            else if (!own.TryGetValue(name, out var target))
            {
                problems.Add($"'{name}' is not part of this model");
            }
            else if (!target.Shape.AsSpan().SequenceEqual(tensor.Shape))
            {
                problems.Add($"'{name}' has shape [{string.Join(", ", tensor.Shape)}], the model's is [{string.Join(", ", target.Shape)}]");
            }
        }

        problems.AddRange(own.Keys.Where(name => !given.ContainsKey(name)).Select(name => $"'{name}' is missing"));
        if (problems.Count > 0)
        {
            throw new ArgumentException(
                $"The state does not fit the model: {string.Join("; ", problems)}. Use a state saved from the same model and width.",
                nameof(state));
        }

        using var noGrad = NoGrad.Enter();
        foreach (var (name, tensor) in given)
        {
            own[name].CopyFrom(tensor);
        }
    }

    /// <summary>Moves all tensors to a device. Gradients are dropped.</summary>
    /// <param name="device">The device.</param>
    /// <exception cref="InvalidOperationException">libtorch sees no such device.</exception>
    public void To(Device device)
    {
        device.ThrowIfUnavailable();
        Transform(tensor => tensor.To(device));
    }

    /// <summary>Puts the four-dimensional parameters into channels-last order, which convolutions run fastest on; give inputs in it, too.</summary>
    public void ChannelsLast() => Transform(tensor => tensor.Dimensions == 4 ? tensor.Contiguous(MemoryFormat.ChannelsLast) : tensor);

    /// <summary>Training: batch normalisation uses and records the batch's statistics, dropout drops.</summary>
    /// <param name="recordStatistics">
    /// False leaves the running statistics as they are: for a look at a batch as training would see it, without training on it.
    /// </param>
    public void Train(bool recordStatistics = true) => SetTraining(true, recordStatistics);

    /// <summary>Evaluation: batch normalisation uses the recorded statistics, dropout does nothing.</summary>
    public void Eval() => SetTraining(false, true);

    /// <summary>Releases parameters and buffers of this module and its parts.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the tensors.</summary>
    /// <param name="disposing">True when called from <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
        {
            return;
        }

        foreach (var (_, tensor) in _parameters.Concat(_buffers))
        {
            tensor.Dispose();
        }

        foreach (var (_, child) in _children)
        {
            child.Dispose();
        }
    }

    /// <summary>Makes a tensor a parameter of this module, trained from now on.</summary>
    /// <param name="name">The last part of its name.</param>
    /// <param name="tensor">Taken over.</param>
    protected Tensor RegisterParameter(string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        tensor.RequiresGrad = true;
        _parameters.Add((name, tensor.Keep()));
        return tensor;
    }

    /// <summary>Makes a tensor part of this module's state.</summary>
    /// <param name="name">The last part of its name.</param>
    /// <param name="tensor">Taken over.</param>
    protected Tensor RegisterBuffer(string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        _buffers.Add((name, tensor.Keep()));
        return tensor;
    }

    /// <summary>Makes a module part of this one.</summary>
    /// <param name="name">The first part of its tensors' names.</param>
    /// <param name="module">Taken over.</param>
    protected T RegisterModule<T>(string name, T module)
        where T : Module
    {
        _children.Add((name, module));
        return module;
    }

    IEnumerable<(string Name, Tensor Tensor)> Named(string prefix, Func<Module, List<(string Name, Tensor Tensor)>> own)
    {
        foreach (var (name, tensor) in own(this))
        {
            yield return (prefix + name, tensor);
        }

        foreach (var (name, child) in _children)
        {
            foreach (var entry in child.Named($"{prefix}{name}.", own))
            {
                yield return entry;
            }
        }
    }

    void Transform(Func<Tensor, Tensor> change)
    {
        using var scope = new TensorScope();
        using var noGrad = NoGrad.Enter();
        foreach (var (_, tensor) in NamedState())
        {
            tensor.ClearGrad();
            tensor.SetData(change(tensor.Detach()));
        }
    }

    void SetTraining(bool training, bool recordStatistics)
    {
        IsTraining = training;
        RecordsStatistics = recordStatistics;
        foreach (var (_, child) in _children)
        {
            child.SetTraining(training, recordStatistics);
        }
    }
}
