namespace Winnow.Torch.Modules;

/// <summary>Modules one after another. Each intermediate result is released as soon as the next module has used it.</summary>
public sealed class Sequential : Module
{
    readonly Module[] _modules;

    /// <summary>Chains named modules.</summary>
    /// <param name="modules">Taken over, in order; names are unique.</param>
    public Sequential(params ReadOnlySpan<(string Name, Module Module)> modules)
    {
        _modules = new Module[modules.Length];
        for (var i = 0; i < modules.Length; i++)
        {
            _modules[i] = RegisterModule(modules[i].Name, modules[i].Module);
        }
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        var current = input;
        foreach (var module in _modules)
        {
            var next = module.Forward(current);
            if (current != input && current != next)
            {
                current.Dispose();
            }

            current = next;
        }

        return current;
    }
}
