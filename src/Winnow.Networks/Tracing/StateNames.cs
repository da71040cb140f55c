using TorchSharp;
using Winnow.Torch;

namespace Winnow.Networks.Tracing;

/// <summary>The tensors of a network's state and their names, where one tensor may have several.</summary>
internal sealed class StateNames
{
    private readonly Dictionary<nint, string> _names = [];

    /// <summary>The tensors by their first name.</summary>
    public Dictionary<string, torch.Tensor> Tensors { get; } = new(StringComparer.Ordinal);

    /// <summary>The parameters of a module, then its buffers, by every name that they have.</summary>
    public static (string Name, torch.Tensor Tensor)[] All(torch.nn.Module module) =>
        [.. module.named_parameters().Select(static entry => (entry.name, (torch.Tensor)entry.parameter)), .. module.named_buffers().Select(static entry => (entry.Item1, entry.Item2))];

    public static StateNames Of(torch.nn.Module module)
    {
        var state = new StateNames();
        foreach (var (name, tensor) in All(module))
        {
            if (state._names.TryAdd(TensorIdentity.Of(tensor), name))
            {
                state.Tensors.Add(name, tensor);
            }
        }

        return state;
    }

    /// <summary>The first name of a tensor.</summary>
    public string this[torch.Tensor tensor] => _names[TensorIdentity.Of(tensor)];

    public static string Join(string module, string name) => module.Length == 0 ? name : $"{module}.{name}";
}
