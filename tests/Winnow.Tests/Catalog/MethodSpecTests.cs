using FsCheck;
using FsCheck.Fluent;
using Winnow.Catalog;
using Winnow.Policies;

namespace Winnow.Tests.Catalog;

public class MethodSpecTests
{
    [Theory]
    [InlineData("infobatch", "infobatch")]
    [InlineData("infobatch:keep=0.5,until=0.875", "infobatch:keep=0.5,until=0.875")]
    [InlineData(" infobatch : keep = 0.5 , until=1 ", "infobatch:keep=0.5,until=1")]
    [InlineData("a-1:b-2=x y", "a-1:b-2=x y")]
    public void Reads_and_writes_the_form(string text, string canonical)
    {
        var spec = MethodSpec.Parse(text);
        Assert.Equal(canonical, spec.ToString());
        Assert.Equal(spec, MethodSpec.Parse(spec.ToString()));
        Assert.Equal(spec.GetHashCode(), MethodSpec.Parse(canonical).GetHashCode());
    }

    [Theory]
    [InlineData("", "\"\" is no method name")]
    [InlineData("Infobatch", "\"Infobatch\" is no method name")]
    [InlineData("1st", "\"1st\" is no method name")]
    [InlineData("infobatch:", "\"\" is not of the form key=value")]
    [InlineData("infobatch:keep", "\"keep\" is not of the form key=value")]
    [InlineData("infobatch:keep=", "keep has no value")]
    [InlineData("infobatch:=0.5", "\"\" is no parameter name")]
    [InlineData("infobatch:keep=0.5,", "\"\" is not of the form key=value")]
    [InlineData("infobatch:keep=0.5,keep=0.6", "keep is given twice")]
    [InlineData("infobatch:keep=0.5=0.6", "more than one '='")]
    public void Refuses_other_forms_naming_the_place(string text, string message)
    {
        var error = Assert.Throws<MethodSpecException>(() => MethodSpec.Parse(text));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains($"in \"{text}\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Throws_nothing_but_its_own_exception_whatever_the_text() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), static text =>
        {
            foreach (var form in new[] { text.Get, "infobatch:" + text.Get, "infobatch:keep=" + text.Get })
            {
                try
                {
                    var spec = MethodSpec.Parse(form);
                    if (!MethodSpec.Parse(spec.ToString()).Equals(spec))
                    {
                        return false;
                    }

                    PolicyCatalog.Parse(form);
                }
                catch (MethodSpecException)
                {
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Equals_by_its_text()
    {
        Assert.True(MethodSpec.Parse("a:b=1").Equals((object)MethodSpec.Parse("a:b=1")));
        Assert.False(MethodSpec.Parse("a:b=1").Equals(MethodSpec.Parse("a:b=2")));
        Assert.False(MethodSpec.Parse("a").Equals(null));
    }
}
