
namespace Winnow.Experiments.Tests;

public class SpecTextTests
{
    [Theory]
    [InlineData("infobatch", "infobatch:save=0.3")]
    [InlineData("infobatch:until=0.8", "infobatch:until=0.8,save=0.3")]
    [InlineData("infobatch:save=0.2,until=0.8", "infobatch:save=0.3,until=0.8")]
    [InlineData("infobatch+max-age:epochs=3", "infobatch:save=0.3+max-age:epochs=3")]
    [InlineData("infobatch:until=1e+0+max-age", "infobatch:until=1e+0,save=0.3+max-age")]
    public void A_parameter_is_set_in_the_method_and_never_in_a_modifier(string spec, string expected) =>
        Assert.Equal(expected, SpecText.With(spec, "save", "0.3"));

    [Fact]
    public void The_base_of_a_spec_is_its_method() => Assert.Equal("infobatch:keep=0.3", SpecText.Base("infobatch:keep=0.3+max-age:epochs=3").ToString());

    [Theory]
    [InlineData("infobatch:keep=0.3+max-age", true)]
    [InlineData("full", false)]
    public void Whether_a_method_can_be_asked_to_save_is_in_its_parameters(string spec, bool expected) => Assert.Equal(expected, SpecText.CanSave(spec));
}
