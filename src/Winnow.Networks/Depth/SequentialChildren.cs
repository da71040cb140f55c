using System.Runtime.CompilerServices;
using TorchSharp.Modules;
using Winnow.Networks.Tracing;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Networks.Depth;

/// <summary>Takes children out of a <c>Sequential</c>, which TorchSharp 0.107 can only add to. The others keep their names.</summary>
internal static class SequentialChildren
{
    /// <summary>Takes a child out.</summary>
    /// <param name="all">What holds it.</param>
    /// <param name="name">Its name there.</param>
    /// <returns>Puts it back to where it was; children are put back in the opposite order.</returns>
    public static Action TakeOut(Sequential all, string name)
    {
        var (modules, names) = (Modules(all), Names(all));
        var at = names.IndexOf(name);
        var module = modules[at];
        modules.RemoveAt(at);
        names.RemoveAt(at);
        return () =>
        {
            modules.Insert(at, module);
            names.Insert(at, name);
        };
    }

    /// <summary>The outermost children of <c>Sequential</c>s of whose state nothing is there; of a child that is found by two names, both.</summary>
    /// <param name="module">The network.</param>
    /// <param name="isThere">Whether something is, by the name of a parameter or buffer.</param>
    /// <returns>The name of each in the network, what holds it, and its name there.</returns>
    public static IEnumerable<(string Name, Sequential Holder, string Key)> Without(nn.Module module, Func<string, bool> isThere)
    {
        // By tensors: a file has each under the first of its names alone.
        var there = StateNames.All(module).Where(entry => isThere(entry.Name)).Select(static entry => TensorIdentity.Of(entry.Tensor)).ToHashSet();
        return Without("", module, there);
    }

    private static IEnumerable<(string Name, Sequential Holder, string Key)> Without(string prefix, nn.Module module, HashSet<nint> there)
    {
        foreach (var (key, child) in module.named_children())
        {
            var name = StateNames.Join(prefix, key);
            if (module is not Sequential holder || StateNames.All(child) is not { Length: > 0 } state || Array.Exists(state, entry => there.Contains(TensorIdentity.Of(entry.Tensor))))
            {
                foreach (var inner in Without(name, child, there))
                {
                    yield return inner;
                }
            }
            else
            {
                yield return (name, holder, key);
            }
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_modules")]
    private static extern ref List<nn.IModule<Tensor, Tensor>> Modules(Sequential all);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_names")]
    private static extern ref List<string> Names(Sequential all);
}
