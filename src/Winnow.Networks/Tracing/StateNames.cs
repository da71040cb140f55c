using System.Runtime.InteropServices;
using TorchSharp;

namespace Winnow.Networks.Tracing;

/// <summary>The tensors of a network's state and their names, where one tensor may have several.</summary>
internal sealed class StateNames
{
    private readonly Dictionary<nint, string> _names = [];

    /// <summary>The tensors by their first name.</summary>
    public Dictionary<string, torch.Tensor> Tensors { get; } = new(StringComparer.Ordinal);

    public static StateNames Of(torch.nn.Module module)
    {
        var state = new StateNames();
        foreach (var (name, tensor) in module.named_parameters().Select(static entry => (entry.name, (torch.Tensor)entry.parameter)).Concat(module.named_buffers().Select(static entry => (entry.Item1, entry.Item2))))
        {
            if (state._names.TryAdd(Identity(tensor), name))
            {
                state.Tensors.Add(name, tensor);
            }
        }

        return state;
    }

    /// <summary>The first name of a tensor.</summary>
    public string this[torch.Tensor tensor] => _names[Identity(tensor)];

    public static string Join(string module, string name) => module.Length == 0 ? name : $"{module}.{name}";

    /// <summary>What is the same for two handles of one tensor: where libtorch keeps it, which is all that its own handle holds.</summary>
    private static nint Identity(torch.Tensor tensor) => Marshal.ReadIntPtr(tensor.Handle);
}
